internal import Logging
internal import Redis
internal import Synchronization
internal import TestSupport

/// What can be done to Redis.
final class BrokerFaults: Sendable {
    private let server: RedisServer
    private let client: RedisClient
    private let isBusy = Mutex(false)

    init(_ server: RedisServer) throws {
        self.server = server
        client = RedisClient(
            try RedisConfiguration(url: server.url, clientName: "chaos"),
            logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func close() async { await client.close() }

    /// Takes it for a fault, unless another has it.
    func seize() -> Bool {
        isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
    }

    /// Carries a fault out after ``seize()``, and has the server well again.
    func suffer(_ step: FaultPlan.Step, history: FaultHistory) async throws {
        let from = unixTime()
        switch step.fault.kind {
        case .kill, .restart:
            try await server.kill()
            try await Task.sleep(for: step.hold)
            // Of a long run it has a long log to read.
            try await server.start(within: .seconds(180))
        case .stop:
            server.pause()
            defer { server.resume() }
            try await Task.sleep(for: step.hold)
        case .disconnect: _ = try await client.send(RedisCommand("CLIENT KILL", "TYPE", "normal"))
        case .fill:
            // Less than there is in it: nothing that may be refused is taken.
            try await setMaxMemory("1mb")
            try await Task.sleep(for: step.hold)
            try await setMaxMemory("0")
        }
        history.add(
            FaultHistory.Record(fault: step.fault, member: "redis", from: from, until: unixTime(), holders: [])
        )
        isBusy.withLock { $0 = false }
    }

    private func setMaxMemory(_ size: String) async throws {
        _ = try await client.send(RedisCommand("CONFIG SET", "maxmemory", .string(size)))
    }
}
