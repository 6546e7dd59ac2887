import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Redis

/// What the network does to connections, and what must not come of it.
@Suite struct RedisNetworkTests {
    // PITFALLS 2
    @Test(
        "Connections that are dead and do not show it cost one command, and not one for each of them",
        arguments: [[.toServer], [.toClient], [.toServer, .toClient]] as [Set<TCPForwarder.Direction>]
    )
    func halfOpen(directions: Set<TCPForwarder.Direction>) async throws {
        try await withForwardedClient { client, forwarder, _ in
            try await crowd(client, connections: 4)
            forwarder.lose(directions)
            forwarder.heal()
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "n")) }
            #expect(error?.code == .outcomeUnknown)
            let count = try await client.send(RedisCommand("INCR", "n")).int()
            #expect(count == (directions.contains(.toServer) ? 1 : 2))
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    // PITFALLS 2
    @Test("What a client has met, its sessions do not meet once more")
    func halfOpenSessions() async throws {
        try await withForwardedClient { client, forwarder, _ in
            let session = RedisSession(client: client, name: "own")
            let before = try await session.connect()
            _ = try await client.send(RedisCommand("PING"))
            forwarder.lose([.toServer, .toClient])
            forwarder.heal()
            await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(try await session.send(RedisCommand("ECHO", "x")).string() == "x")
            #expect(session.connectionNumber > before)
            await session.close()
        }
    }

    // PITFALLS 2
    @Test("A session whose connection is dead and does not show it waits on a new one")
    func halfOpenWait() async throws {
        try await withForwardedClient { client, forwarder, server in
            let session = RedisSession(client: client, name: "wait")
            let pop = RedisCommand("BLPOP", "q", "0.5")
            #expect(try await session.block(pop, upTo: .milliseconds(500)).isNull)
            forwarder.lose([.toServer, .toClient])
            forwarder.heal()
            let error = await #expect(throws: RedisError.self) {
                try await session.block(pop, upTo: .milliseconds(500))
            }
            #expect(error?.code == .outcomeUnknown)
            try await server.ask("RPUSH", "q", "x")
            #expect(try await session.block(pop, upTo: .milliseconds(500)).array()[1].string() == "x")
            await session.close()
        }
    }

    // PITFALLS 15
    @Test("After a failover, one READONLY is enough for all connections to meet the new primary")
    func failover() async throws {
        try await withRedisPair { pair in
            try await withRedisClient(url: pair.url, configure: { $0.poolSize = 4 }) { client async throws in
                try await crowd(client, connections: 4)
                try await pair.failOver()
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "n")) }
                #expect(error?.reply?.code == "READONLY")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 { group.addTask { _ = try await client.send(RedisCommand("INCR", "n")) } }
                    try await group.waitForAll()
                }
                #expect(try await pair.primary.ask("GET", "n") == "50")
            }
        }
    }

    // PITFALLS 16
    @Test("While Redis is away, what waits for it is bounded, and more is refused at once")
    func boundedWhileAway() async throws {
        let port = try await freePort()
        func configure(_ configuration: inout RedisConfiguration) {
            configuration.maximumPending = 500
            configuration.connectTimeout = .seconds(30)
            configuration.commandTimeout = .seconds(30)
        }
        try await withRedisClient(url: "redis://127.0.0.1:\(port)", configure: configure) { client async throws in
            let refused = Counter()
            let body = RedisArgument.bytes([UInt8](repeating: 120, count: 1 << 10))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4_000 {
                    group.addTask {
                        do {
                            _ = try await client.send(RedisCommand("RPUSH", "q", body))
                        } catch let error as RedisError {
                            #expect(!error.mayHaveRun)
                            if error.code == .tooManyPending { refused.increment() }
                        }
                    }
                }
                try await eventually("all but the bound are refused") { refused.count == 3_500 }
                #expect(client.pool.pendingWeight == 500)
                group.cancelAll()
            }
        }
    }

    // PITFALLS 16
    @Test("What is large takes as much of the bound as many small commands")
    func weight() {
        func weight(_ size: Int) -> Int {
            let command = RedisCommand("SET", "key", .bytes([UInt8](repeating: 120, count: size)))
            return RedisRequest([command, command], timeout: .seconds(1)).weight
        }
        #expect(weight(100) == 2)
        #expect(weight(1 << 20) == 2 + 512)
    }

    // PITFALLS 3, 16
    @Test("No reply goes to another command, however connections are killed, cut and left silent among many")
    func noReplyIsMismatched() async throws {
        try await withForwardedClient(poolSize: 4, commandTimeout: .milliseconds(300)) { client, forwarder, server in
            let tally = Tally()
            let session = RedisSession(client: client, name: "own")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for talker in 0..<24 { group.addTask { await tally.talk(talker, client, session) } }
                do {
                    for _ in 0..<40 {
                        try await Self.disturb(forwarder, server)
                        try await Task.sleep(for: .milliseconds(.random(in: 5...60)))
                    }
                    tally.stop()
                    try await group.waitForAll()
                } catch {
                    tally.stop()
                    throw error
                }
            }
            await session.close()
            #expect(tally.wrong == [])
            #expect(tally.right > 500)
            #expect(tally.lost > 20)
        }
    }

    private static func disturb(_ forwarder: TCPForwarder, _ server: RedisServer) async throws {
        switch Int.random(in: 0..<6) {
        case 0: try await server.ask("CLIENT", "KILL", "TYPE", "normal")
        case 1: forwarder.cut()
        case 2:
            forwarder.lose([[.toServer], [.toClient], [.toServer, .toClient]].randomElement() ?? [])
            try await Task.sleep(for: .milliseconds(30))
            forwarder.heal()
        case 3:
            server.pause()
            try await Task.sleep(for: .milliseconds(.random(in: 10...400)))
            server.resume()
        case 4: try await server.ask("CLIENT", "PAUSE", "\(Int.random(in: 10...400))", "ALL", within: .seconds(10))
        default:
            let clients = try await server.ask("CLIENT", "LIST").split(separator: "\n")
            let ids = clients.compactMap { $0.split(separator: " ").first?.dropFirst("id=".count) }
            // It may be our own, which asked; or have ended meanwhile.
            _ = try? await server.ask("CLIENT", "KILL", "ID", "\(ids.randomElement() ?? "0")")
        }
    }

    /// Opens so many connections.
    private func crowd(_ client: RedisClient, connections: Int) async throws {
        try await eventually("\(connections) connections") {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 { group.addTask { _ = try await client.send(RedisCommand("ECHO", "\(number)")) } }
                try await group.waitForAll()
            }
            return try await client.send(RedisCommand("CLIENT LIST", "TYPE", "normal")).string()
                .split(separator: "\n").count { $0.contains(" name=redis-client ") } >= connections
        }
    }

    private func withForwardedClient(
        poolSize: Int = 4,
        commandTimeout: Duration = .milliseconds(500),
        _ body: (RedisClient, TCPForwarder, RedisServer) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            try await TCPForwarder.with(target: server.port) { forwarder in
                func configure(_ configuration: inout RedisConfiguration) {
                    configuration.poolSize = poolSize
                    configuration.commandTimeout = commandTimeout
                    configuration.connectTimeout = .milliseconds(500)
                }
                let url = "redis://127.0.0.1:\(forwarder.port)"
                try await withRedisClient(url: url, configure: configure) { client async throws in
                    try await body(client, forwarder, server)
                }
            }
        }
    }
}

private final class Counter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }
    func increment() { state.withLock { $0 += 1 } }
}

/// Talks to a server in ways whose replies can be checked, and counts what came back.
private final class Tally: Sendable {
    private struct State {
        var isOver = false
        var right = 0
        var lost = 0
        var wrong: [String] = []
        var number = 0
    }

    private let state = Mutex(State())

    var right: Int { state.withLock { $0.right } }
    var lost: Int { state.withLock { $0.lost } }
    var wrong: [String] { state.withLock { $0.wrong } }

    func stop() { state.withLock { $0.isOver = true } }

    func talk(_ talker: Int, _ client: RedisClient, _ session: RedisSession) async {
        while !state.withLock({ $0.isOver }) {
            do {
                try await say(talker, client, session)
            } catch let error as RedisError {
                state.withLock { $0.lost += 1 }
                if error.code == .protocolViolation || error.code == .unexpectedReply || error.code == .reply {
                    state.withLock { $0.wrong.append("\(error)") }
                }
            } catch {
                state.withLock { $0.wrong.append("\(error)") }
            }
        }
    }

    private func say(_ talker: Int, _ client: RedisClient, _ session: RedisSession) async throws {
        // Some are long, so that a cut finds them half sent.
        let text = word() + String(repeating: "x", count: Bool.random() ? 0 : .random(in: 0...100_000))
        let echo = RedisCommand("ECHO", .string(text))
        let second = word()
        switch talker % 6 {
        case 0:
            let results = try await client.pipeline([echo, RedisCommand("ECHO", .string(second)), echo])
            check(try results.map { try $0.get().string() }, [text, second, text])
        case 1:
            let replies = try await client.transaction([RedisCommand("SET", .string(second), .string(text)), echo])
            check(try replies.map { try $0.string() }, ["OK", text])
        case 2:
            let task = Task { try await client.send(echo).string() }
            if Bool.random() { task.cancel() }
            do {
                check([try await task.value], [text])
            } catch let error as RedisError where error.code == .cancelled {
                return
            }
        case 3:
            if Bool.random() {
                let reply = try await session.block(RedisCommand("BLPOP", "none", "0.01"), upTo: .milliseconds(10))
                check([reply.isNull ? "null" : "\(reply.kind)"], ["null"])
            } else {
                check([try await session.send(echo).string()], [text])
            }
        default: check([try await client.send(echo).string()], [text])
        }
    }

    private func check(_ replies: [String], _ expected: [String]) {
        state.withLock { state in
            if replies == expected {
                state.right += 1
            } else {
                state.wrong.append("\(replies.map { $0.prefix(20) }) for \(expected.map { $0.prefix(20) })")
            }
        }
    }

    private func word() -> String {
        state.withLock { state in
            state.number += 1
            return "w\(state.number)-"
        }
    }
}
