import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Redis

@Suite struct RedisFailureTests {
    @Test("Where nothing listens, a command fails within the limit, and says that it was not sent")
    func nothingListens() async throws {
        let port = try await freePort()
        try await withRedisClient(url: "redis://127.0.0.1:\(port)", configure: Self.quick) { client async throws in
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .connectionFailed)
            #expect(error?.mayHaveRun == false)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            #expect(error?.message.contains("refused") == true)
        }
    }

    @Test("A host name that is not known is named")
    func unknownHost() async throws {
        try await withRedisClient(url: "redis://nowhere.invalid", configure: Self.quick) { client async throws in
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .connectionFailed || error?.code == .notSent)
            #expect(error?.mayHaveRun == false)
        }
    }

    // PITFALLS 16
    @Test("A listener that accepts and never answers does not hold a command beyond the limit")
    func blackHole() async throws {
        let server = ScriptedServer { _, _ in .stall }
        try await server.run { url in
            try await withRedisClient(url: url, configure: Self.quick) { client async throws in
                let clock = ContinuousClock()
                let start = clock.now
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                #expect(error?.mayHaveRun == false)
                #expect(clock.now - start < .seconds(4))
            }
            #expect(server.received.isEmpty)
        }
    }

    // PITFALLS 3
    @Test("Replies do not shift after a reconnect")
    func repliesDoNotShift() async throws {
        try await withRedisClient(configure: Self.single) { client, server in
            #expect(try await client.send(RedisCommand("ECHO", "first")).string() == "first")
            server.pause()
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("ECHO", "late")) }
            #expect(error?.code == .outcomeUnknown)
            #expect((error?.cause as? RedisError)?.cause == nil)
            server.resume()
            // Had the connection been kept, this one would get the late reply.
            for number in 0..<50 {
                #expect(try await client.send(RedisCommand("ECHO", .integer(Int64(number)))).int() == number)
            }
            try await server.restart()
            try await eventually("the client is back") {
                (try? await client.send(RedisCommand("ECHO", "back")).string()) == "back"
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await client.send(RedisCommand("ECHO", .integer(Int64(number)))).int() == number
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    // PITFALLS 14
    @Test("A command whose reply is lost is reported as such, and not sent again")
    func unknownOutcomeIsNotRepeated() async throws {
        let server = ScriptedServer { command, _ in command[0] == "XADD" ? .close : .send("+PONG\r\n") }
        try await server.run { url in
            try await withRedisClient(url: url) { client async throws in
                let error = await #expect(throws: RedisError.self) {
                    try await client.send(RedisCommand("XADD", "s", "*", "a", "b"))
                }
                #expect(error?.code == .outcomeUnknown)
                #expect(error?.mayHaveRun == true)
                #expect(try await client.send(RedisCommand("PING")).string() == "PONG")
                #expect(server.received == [["XADD", "s", "*", "a", "b"], ["PING"]])
            }
        }
    }

    // PITFALLS 14
    @Test("A transaction that is cut off has an unknown outcome, and a pipeline too")
    func lostPipelines() async throws {
        let server = ScriptedServer { command, _ in command[0] == "EXEC" ? .close : .send("+OK\r\n") }
        try await server.run { url in
            try await withRedisClient(url: url) { client async throws in
                let error = await #expect(throws: RedisError.self) {
                    try await client.transaction([RedisCommand("INCR", "n")])
                }
                #expect(error?.code == .outcomeUnknown)
                let second = await #expect(throws: RedisError.self) {
                    try await client.pipeline([RedisCommand("INCR", "n"), RedisCommand("EXEC")])
                }
                #expect(second?.code == .outcomeUnknown)
                #expect(server.received.map { $0[0] } == ["MULTI", "INCR", "EXEC", "INCR", "EXEC"])
            }
        }
    }

    // PITFALLS 16
    @Test("Cancelling one command leaves its neighbours their replies")
    func cancelOneOfMany() async throws {
        try await withRedisClient(configure: { $0.poolSize = 1 }) { client, server in
            _ = try await client.send(RedisCommand("PING"))
            server.pause()
            let tasks = (0..<20).map { number in
                Task { try await client.send(RedisCommand("ECHO", .integer(number))).int() }
            }
            try await eventually("all commands are on their way") { client.pool.pendingWeight == 20 }
            for number in [0, 7, 19] { tasks[number].cancel() }
            for number in [0, 7, 19] {
                let error = await #expect(throws: RedisError.self) { try await tasks[number].value }
                #expect(error?.code == .cancelled)
            }
            server.resume()
            for number in 0..<20 where ![0, 7, 19].contains(number) {
                #expect(try await tasks[number].value == number)
            }
            try await eventually("the replies of the cancelled ones were read") { client.pool.pendingWeight == 0 }
            #expect(client.pool.readyConnection == 1)
        }
    }

    @Test("A task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let server = ScriptedServer { _, _ in .send("+OK\r\n") }
        try await server.run { url in
            try await withRedisClient(url: url) { client async throws in
                let task = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await client.send(RedisCommand("INCR", "n"))
                }
                task.cancel()
                let error = await #expect(throws: RedisError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveRun == false)
                _ = try await client.send(RedisCommand("PING"))
                #expect(server.received == [["PING"]])
            }
        }
    }

    // PITFALLS 16
    @Test("The queue of pending commands is bounded")
    func pendingBound() async throws {
        try await withRedisClient(configure: { $0.maximumPending = 10 }) { client, server in
            _ = try await client.send(RedisCommand("PING"))
            server.pause()
            let tasks = (0..<10).map { number in Task { try await client.send(RedisCommand("ECHO", .integer(number))) }
            }
            try await eventually("all commands are on their way") { client.pool.pendingWeight == 10 }
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .tooManyPending)
            #expect(error?.mayHaveRun == false)
            server.resume()
            for task in tasks { _ = try await task.value }
            #expect(try await client.send(RedisCommand("PING")).string() == "PONG")
        }
    }

    @Test("What the socket did not take in time is known not to have been sent")
    func notSentBehindBackpressure() async throws {
        try await withRedisClient(configure: Self.single) { client, server in
            _ = try await client.send(RedisCommand("PING"))
            server.pause()
            let large = Task {
                try await client.send(RedisCommand("SET", "large", .bytes([UInt8](repeating: 1, count: 32 << 20))))
            }
            try await eventually("the large command is on its way") { client.pool.pendingWeight > 0 }
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "n")) }
            #expect(error?.code == .notSent)
            #expect(error?.mayHaveRun == false)
            let largeError = await #expect(throws: RedisError.self) { try await large.value }
            #expect(largeError?.code == .outcomeUnknown)
            server.resume()
            try await eventually("the client is back") { (try? await client.send(RedisCommand("PING"))) != nil }
            #expect(try await client.send(RedisCommand("EXISTS", "n")).int() == 0)
        }
    }

    // PITFALLS 15
    @Test("A replica's READONLY is an answer, and the next command meets the new primary")
    func readOnly() async throws {
        try await withRedisClient(configure: { $0.poolSize = 1 }) { client, server in
            try await withRedisClient(url: server.url) { admin in
                let before = try await client.send(RedisCommand("CLIENT ID")).int()
                _ = try await admin.send(RedisCommand("REPLICAOF", "127.0.0.1", "1"))
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "n")) }
                #expect(error?.reply?.code == "READONLY")
                #expect(error?.mayHaveRun == false)
                _ = try await admin.send(RedisCommand("REPLICAOF", "NO", "ONE"))
                #expect(try await client.send(RedisCommand("INCR", "n")).int() == 1)
                #expect(try await client.send(RedisCommand("CLIENT ID")).int() > before)
            }
        }
    }

    // PITFALLS 15
    @Test("A server that still loads is asked again over a new connection")
    func loading() async throws {
        let server = ScriptedServer { _, connection in
            connection < 3 ? .send("-LOADING Redis is loading the dataset in memory\r\n") : .send(":1\r\n")
        }
        try await server.run { url in
            try await withRedisClient(url: url) { client async throws in
                for _ in 1...2 {
                    let error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("INCR", "n"))
                    }
                    #expect(error?.reply?.code == "LOADING")
                }
                #expect(try await client.send(RedisCommand("INCR", "n")).int() == 1)
            }
        }
    }

    @Test("A reply that breaks the protocol closes the connection, and a push message does not")
    func protocolViolation() async throws {
        let server = ScriptedServer { command, _ in
            command[0] == "PING" ? .send(">2\r\n+invalidate\r\n*0\r\n+PONG\r\n") : .send("HTTP/1.1 400\r\n")
        }
        try await server.run { url in
            try await withRedisClient(url: url) { client async throws in
                #expect(try await client.send(RedisCommand("PING")).string() == "PONG")
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("GET", "x")) }
                #expect(error?.code == .outcomeUnknown)
                #expect((error?.cause as? RedisError)?.code == .protocolViolation)
                #expect(try await client.send(RedisCommand("PING")).string() == "PONG")
            }
        }
    }

    @Test("After closing, commands are refused, and none is left without an answer")
    func close() async throws {
        try await withRedisClient { client, _ in
            let replies = (0..<50).map { _ in Task { try await client.send(RedisCommand("INCR", "n")).int() } }
            try await eventually("all commands are on their way or answered") {
                client.pool.readyConnection != nil
            }
            await client.close()
            for reply in replies {
                do {
                    _ = try await reply.value
                } catch let error as RedisError {
                    #expect(error.code == .closed)
                }
            }
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .closed)
        }
    }

    @Test("Closing while a further connection is being made ends that one, too")
    func closeWhileConnecting() async throws {
        try await withRedisClient(configure: { $0.poolSize = 2 }) { client, server in
            _ = try await client.send(RedisCommand("PING"))
            server.pause()
            // The third finds a crowd and asks for a further connection, which gets no further than its login.
            let echoes = (0..<3).map { number in Task { try await client.send(RedisCommand("ECHO", .integer(number))) }
            }
            try await eventually("all commands are on their way") { client.pool.pendingWeight == 3 }
            async let closed: Void = client.close()
            await Task.yield()
            server.resume()
            for echo in echoes { _ = try await echo.value }
            await closed
        }
    }

    private static func quick(_ configuration: inout RedisConfiguration) {
        configuration.connectTimeout = .milliseconds(200)
    }

    /// One connection, whose commands are soon given up.
    private static func single(_ configuration: inout RedisConfiguration) {
        configuration.poolSize = 1
        configuration.commandTimeout = .milliseconds(500)
    }
}
