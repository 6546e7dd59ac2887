internal import Synchronization
internal import TestSupport

/// All processes of the system.
final class Fleet: Sendable {
    let members: [Member]
    private let violations = Mutex(ViolationLog())
    private let memory: Mutex<MemoryRecord>

    /// Makes the processes that a broker needs; none is started.
    init(broker: ChaosOptions.Broker, memoryBound: Int, workspace: TocsinWorkspace) {
        memory = Mutex(MemoryRecord(bound: memoryBound))
        switch broker {
        case .redis:
            members = [Fault.Target.api, .pusher, .monitor, .notifier].flatMap { target in
                (1...2).map { number in
                    Member(target, name: "\(target)-\(number)") {
                        if target == .api {
                            let server = try await workspace.serve(["--roles", "api"])
                            return Member.Running(process: server.process, server: server)
                        }
                        return Member.Running(process: try await workspace.serve(roles: target.rawValue), server: nil)
                    }
                }
            }
        case .embedded:
            members = [
                Member(.serve, name: "serve") {
                    let server = try await workspace.serve()
                    return Member.Running(process: server.process, server: server)
                }
            ]
        }
    }

    /// The names of the processes of each role.
    var names: [Fault.Target: [String]] { Dictionary(grouping: members, by: \.target).mapValues { $0.map(\.name) } }

    /// Those whose API can be asked.
    var servers: [TocsinServerUnderTest] { members.compactMap(\.server) }

    var recordedMemory: MemoryRecord { memory.withLock { $0 } }
    var recordedViolations: ViolationLog { violations.withLock { $0 } }

    /// Starts the processes of some roles, at once.
    func start(_ isIncluded: @escaping @Sendable (Member) -> Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in members where isIncluded(member) { group.addTask { try await member.start() } }
            try await group.waitForAll()
        }
    }

    /// Ends processes of a role in order, for good.
    func end(_ isIncluded: (Member) -> Bool) async throws {
        for member in members where isIncluded(member) { try await member.end() }
    }

    /// Looks after the processes until cancelled: measures their memory, and starts again what ended by itself.
    func supervise() async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            for member in members {
                if let story = member.endedByItself() {
                    violations.withLock { $0.add(.endedByItself, story) }
                    try await member.start()
                }
                if let bytes = member.residentBytes { memory.withLock { $0.sampled(member.target, bytes) } }
            }
        }
    }
}
