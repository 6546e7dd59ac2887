internal import Foundation
internal import NIOCore
internal import Synchronization
internal import Testing

@testable internal import Networking

@Suite(.timeLimit(.minutes(1))) struct SystemResolverTests {
    private let soon: NIODeadline = .now() + .seconds(20)

    @Test func `localhost is a loopback address`() async throws {
        let resolution = try await SystemResolver().resolve("localhost", deadline: soon)
        #expect(!resolution.addresses.isEmpty)
        #expect(
            resolution.addresses.allSatisfy { $0 == IPAddress("127.0.0.1") || $0 == IPAddress("::1") }
        )
        #expect(resolution.duration > .zero)
    }

    // PITFALLS 27
    @Test(
        "The system turns odd spellings of an address into that address, so that it can be judged",
        arguments: ["0x7f000001", "017700000001", "2130706433", "127.1"]
    )
    func oddSpellings(_ host: String) async throws {
        let resolution = try await SystemResolver().resolve(host, deadline: soon)
        #expect(resolution.addresses == [IPAddress.v4(0x7f00_0001)])
    }

    @Test(
        "What can't be a name is not looked up",
        arguments: ["", "a b", "a\0b", "ü", "a\nb", .init(repeating: "a", count: 300)]
    )
    func invalid(_ host: String) async {
        let error = await #expect(throws: ResolutionError.self) {
            try await SystemResolver().resolve(host, deadline: soon)
        }
        #expect(error?.code == .invalidName)
    }

    // PITFALLS 23
    @Test func `a resolver's own trouble is told apart from a name that does not exist`() {
        let missing = ResolutionError(host: "x.example", code: EAI_NONAME, systemError: 0)
        #expect(missing.code == .noSuchHost)
        #expect(!missing.isOurs)
        #expect(missing.description == "no such host: x.example")

        let again = ResolutionError(host: "x.example", code: EAI_AGAIN, systemError: 0)
        #expect(again.code == .temporary)
        #expect(again.isOurs)
        #expect(again.description.contains("check this machine's resolver and network"))

        let system = ResolutionError(host: "x.example", code: EAI_SYSTEM, systemError: EMFILE)
        #expect(system.code == .failed)
        #expect(system.isOurs)
        #expect(system.description.contains("Too many open files"))
    }

    @Test func `a lookup that hangs ends at the deadline, and a later one is not held up`() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        let resolver = SystemResolver(threads: 2, limit: 8) { host throws(ResolutionError) in
            if host == "slow.example" { release.wait() }
            return [.v4(0x0101_0101)]
        }
        let error = await #expect(throws: ResolutionError.self) {
            try await resolver.resolve("slow.example", deadline: .now() + .milliseconds(500))
        }
        #expect(error?.code == .timedOut)
        let resolution = try await resolver.resolve("quick.example", deadline: soon)
        #expect(resolution.addresses == [.v4(0x0101_0101)])
    }

    @Test func `beyond the limit a lookup fails at once instead of queueing`() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        let resolver = SystemResolver(threads: 1, limit: 1) { _ throws(ResolutionError) in
            release.wait()
            return []
        }
        let first = await #expect(throws: ResolutionError.self) {
            try await resolver.resolve("one.example", deadline: .now() + .milliseconds(500))
        }
        #expect(first?.code == .timedOut)
        // The first lookup still holds its thread, although nobody waits for it.
        let second = await #expect(throws: ResolutionError.self) {
            try await resolver.resolve("two.example", deadline: soon)
        }
        #expect(second?.code == .overloaded)
    }

    @Test func `a lookup that nobody waits for any more is not begun`() async throws {
        let release = DispatchSemaphore(value: 0)
        let asked = Names()
        let resolver = SystemResolver(threads: 1, limit: 8) { host throws(ResolutionError) in
            asked.add(host)
            if host == "slow.example" { release.wait() }
            return [.v4(1)]
        }
        for (host, code) in [("slow.example", ResolutionError.Code.timedOut), ("given-up.example", .overloaded)] {
            let error = await #expect(throws: ResolutionError.self) {
                try await resolver.resolve(host, deadline: .now() + .seconds(1))
            }
            #expect(error?.code == code)
        }
        release.signal()
        _ = try await resolver.resolve("last.example", deadline: soon)
        #expect(asked.all == ["slow.example", "last.example"])
    }

    @Test func `cancelling ends the wait`() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        let resolver = SystemResolver(threads: 1, limit: 8) { _ throws(ResolutionError) in
            release.wait()
            return []
        }
        let deadline = NIODeadline.now() + .hours(1)
        let task = Task { try await resolver.resolve("slow.example", deadline: deadline) }
        task.cancel()
        let error = await #expect(throws: ResolutionError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }
}

private final class Names: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func add(_ name: String) { names.withLock { $0.append(name) } }
}
