import Foundation
import TestSupport
import Testing

@testable import Redis

@Suite struct RedisSessionTests {
    @Test("A transaction under WATCH is applied, or aborted where the key has changed")
    func watch() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                let number = try await session.connect()
                _ = try await session.send(RedisCommand("WATCH", "n"), onConnection: number)
                #expect(
                    try await session.transaction([RedisCommand("INCR", "n")], onConnection: number)[0].int() == 1
                )
                _ = try await session.send(RedisCommand("WATCH", "n"), onConnection: number)
                _ = try await client.send(RedisCommand("SET", "n", 10))
                let error = await #expect(throws: RedisError.self) {
                    try await session.transaction([RedisCommand("INCR", "n")], onConnection: number)
                }
                #expect(error?.code == .transactionAborted)
                #expect(error?.mayHaveRun == false)
                #expect(try await client.send(RedisCommand("GET", "n")).int() == 10)
            }
        }
    }

    @Test("A transaction does not run on a connection that has lost its WATCH")
    func lostWatch() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                let number = try await session.connect()
                let id = try await session.send(RedisCommand("CLIENT ID")).int()
                _ = try await session.send(RedisCommand("WATCH", "n"), onConnection: number)
                _ = try await client.send(RedisCommand("CLIENT KILL", "ID", RedisArgument(id)))
                try await eventually("the session has noticed") { session.connectionNumber != number }
                let error = await #expect(throws: RedisError.self) {
                    try await session.transaction([RedisCommand("INCR", "n")], onConnection: number)
                }
                #expect(error?.code == .notSent)
                #expect(try await session.connect() > number)
                #expect(try await client.send(RedisCommand("EXISTS", "n")).int() == 0)
            }
        }
    }

    @Test("A wait returns null at its limit, and an element when there is one")
    func waits() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                #expect(try await session.block(Self.pop(0.05), upTo: .milliseconds(50)).isNull)
                async let element = session.block(Self.pop(5), upTo: .seconds(5))
                try await Self.blocked(1, client)
                _ = try await client.send(RedisCommand("RPUSH", "q", "x"))
                #expect(try await element.array()[1].string() == "x")
            }
        }
    }

    // PITFALLS 1
    @Test("A blocking pop that its caller gave up on does not eat the next element")
    func cancelledPopEatsNothing() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                let wait = Task { try await session.block(Self.pop(30), upTo: .seconds(30)) }
                try await Self.blocked(1, client)
                let number = session.connectionNumber
                wait.cancel()
                let error = await #expect(throws: RedisError.self) { try await wait.value }
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveRun == false)
                try await Self.blocked(0, client)
                _ = try await client.send(RedisCommand("RPUSH", "q", "x"))
                #expect(try await client.send(RedisCommand("LLEN", "q")).int() == 1)
                // The connection kept its place.
                #expect(try await session.block(Self.pop(5), upTo: .seconds(5)).array()[1].string() == "x")
                #expect(session.connectionNumber == number)
            }
        }
    }

    // PITFALLS 1
    @Test("Cancelling just as an element comes hands the element over or leaves it in the list")
    func cancelRacesElement() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                var taken = 0
                var left = 0
                for round in 0..<200 {
                    let wait = Task { try await session.block(Self.pop(30), upTo: .seconds(30)) }
                    if round.isMultiple(of: 3) { try await Self.blocked(1, client) }
                    async let push = client.send(RedisCommand("RPUSH", "q", "\(round)"))
                    wait.cancel()
                    _ = try await push
                    do {
                        _ = try await wait.value.array()
                        taken += 1
                    } catch let error as RedisError {
                        #expect(error.code == .cancelled && !error.mayHaveRun)
                    }
                    left += try await client.send(RedisCommand("DEL", "q")).int()
                }
                #expect(taken + left == 200)
            }
        }
    }

    // PITFALLS 2
    @Test("A consumer goes on by itself after its server was killed and started again")
    func consumerGoesOn() async throws {
        try await withRedisClient(appendOnly: true) { client, server in
            try await withSession(client) { session in
                let consumer = Task {
                    var seen: [String] = []
                    while seen.last != "end" {
                        do {
                            let reply = try await session.block(Self.pop(1), upTo: .seconds(1))
                            if !reply.isNull { seen.append(try reply.array()[1].string()) }
                        } catch let error as RedisError where error.code != .unexpectedReply {
                            try Task.checkCancellation()
                        }
                    }
                    return seen
                }
                for round in 0..<3 {
                    try await Self.blocked(1, client)
                    _ = try await client.send(RedisCommand("RPUSH", "q", "\(round)"))
                    try await eventually("the element was taken") {
                        try await client.send(RedisCommand("LLEN", "q")).int() == 0
                    }
                    try await server.restart()
                    let back = ContinuousClock.now
                    try await eventually("the client is back") { (try? await client.send(RedisCommand("PING"))) != nil }
                    try await Self.blocked(1, client)
                    #expect(ContinuousClock.now - back < .seconds(4))
                }
                _ = try await client.send(RedisCommand("RPUSH", "q", "end"))
                #expect(try await consumer.value == ["0", "1", "2", "end"])
            }
        }
    }

    // PITFALLS 15
    @Test("A wait that somebody else ended with UNBLOCKED is no error")
    func unblocked() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                let id = try await session.send(RedisCommand("CLIENT ID")).int()
                async let element = session.block(Self.pop(5), upTo: .seconds(5))
                try await Self.blocked(1, client)
                _ = try await client.send(RedisCommand("CLIENT UNBLOCK", RedisArgument(id), "ERROR"))
                #expect(try await element.isNull)
            }
        }
    }

    @Test("A wait on a server that hangs is given up a little after its limit")
    func hangingServer() async throws {
        try await withRedisClient(configure: { $0.blockingMargin = .milliseconds(300) }) { client, server in
            try await withSession(client) { session in
                _ = try await session.connect()
                server.pause()
                let error = await #expect(throws: RedisError.self) {
                    try await session.block(Self.pop(0.1), upTo: .milliseconds(100))
                }
                #expect(error?.code == .outcomeUnknown)
                server.resume()
                #expect(try await session.block(Self.pop(0.05), upTo: .milliseconds(50)).isNull)
            }
        }
    }

    @Test("A cancelled wait on a server that hangs ends within about a second")
    func cancelledOnHangingServer() async throws {
        try await withRedisClient { client, server in
            try await withSession(client) { session in
                let wait = Task { try await session.block(Self.pop(60), upTo: .seconds(60)) }
                try await Self.blocked(1, client)
                server.pause()
                let start = ContinuousClock.now
                wait.cancel()
                let error = await #expect(throws: RedisError.self) { try await wait.value }
                #expect(error?.code == .outcomeUnknown)
                #expect(ContinuousClock.now - start < .seconds(4))
                server.resume()
            }
        }
    }

    // PITFALLS 17
    @Test("A loop of waits runs in constant memory, with one blocked client")
    func constantMemory() async throws {
        try await withRedisClient { client, _ in
            try await withSession(client) { session in
                let body = RedisArgument.bytes([UInt8](repeating: 120, count: 64 << 10))
                func round() async throws {
                    _ = try await client.send(RedisCommand("RPUSH", "q", body))
                    _ = try await session.block(Self.pop(5), upTo: .seconds(5)).array()
                }
                for _ in 0..<200 { try await round() }
                let before = try Self.residentMemory()
                // 250 MB pass through.
                for _ in 0..<4_000 { try await round() }
                #expect(try Self.residentMemory() - before < 100 << 20)
                #expect(client.pool.pendingWeight == 0)
            }
        }
    }

    private static func pop(_ limit: Double) -> RedisCommand { RedisCommand("BLPOP", "q", "\(limit)") }

    /// Waits until so many clients are blocked.
    private static func blocked(_ count: Int, _ client: RedisClient) async throws {
        try await eventually("\(count) clients are blocked") {
            guard let info = try? await client.send(RedisCommand("INFO", "clients")).string() else { return false }
            return info.contains("blocked_clients:\(count)\r\n")
        }
    }

    private func withSession(_ client: RedisClient, _ body: (RedisSession) async throws -> Void) async throws {
        let session = RedisSession(client: client, name: "wait")
        do {
            try await body(session)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }

    /// The bytes that this process occupies; its peak, where the system tells no more.
    private static func residentMemory() throws -> Int {
        #if os(Linux)
            let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(statm[1]) ?? 0) * 4096
        #else
            var usage = rusage()
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }
}
