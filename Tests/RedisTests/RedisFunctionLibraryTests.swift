import TestSupport
import Testing

@testable import Redis

@Suite struct RedisFunctionLibraryTests {
    private static let code = """
        local function push(keys, args)
            return redis.call('RPUSH', keys[1], args[1])
        end
        redis.register_function{function_name='@push@', callback=push, flags={'allow-oom'}}
        redis.register_function('@mail@', function(keys, args) return 'a@b' end)
        """

    @Test("Names between two @ get the version, other @ stay")
    func placeholders() {
        let library = RedisFunctionLibrary(name: "queue", code: "'@a_1@' x@y '@b@' @@ @")
        let version = library.version
        #expect(version.count == 16)
        #expect(library.name == "queue_\(version)")
        #expect(library.code == "#!lua name=queue_\(version)\n'a_1_\(version)' x@y 'b_\(version)' @@ @")
        #expect(RedisFunctionLibrary(name: "queue", code: "other").version != version)
    }

    @Test("A library that is missing is loaded, and the call made again")
    func loadsWhenMissing() async throws {
        let library = RedisFunctionLibrary(name: "queue", code: Self.code)
        try await withRedisClient { client, _ async throws in
            #expect(try await client.call("push", in: library, keys: ["q"], arguments: ["x"]).int() == 1)
            #expect(try await client.call("mail", in: library, keys: [], arguments: []).string() == "a@b")
            // As after a failover to an empty server.
            _ = try await client.send(RedisCommand("FUNCTION FLUSH"))
            #expect(try await client.call("push", in: library, keys: ["q"], arguments: ["y"]).int() == 2)
            _ = try await client.send(RedisCommand("FUNCTION FLUSH"))
            let results = try await client.pipelineCalls(
                (0..<5).map { RedisFunctionCall("push", keys: ["p"], arguments: [.integer($0)]) },
                in: library
            )
            #expect(try results.map { try $0.get().int() } == [1, 2, 3, 4, 5])
            let values = try await client.send(RedisCommand("LRANGE", "p", 0, -1)).array()
            #expect(try values.map { try $0.int() } == [0, 1, 2, 3, 4])
        }
    }

    @Test("Two versions of a library live side by side")
    func versions() async throws {
        let old = RedisFunctionLibrary(name: "v", code: "redis.register_function('@v@', function() return 1 end)")
        let new = RedisFunctionLibrary(name: "v", code: "redis.register_function('@v@', function() return 2 end)")
        try await withRedisClient { client, _ async throws in
            for _ in 0..<2 {
                #expect(try await client.call("v", in: old, keys: [], arguments: []).int() == 1)
                #expect(try await client.call("v", in: new, keys: [], arguments: []).int() == 2)
            }
        }
    }

    @Test("An error inside of a function is thrown, and the call is not made again")
    func errorInside() async throws {
        let library = RedisFunctionLibrary(
            name: "bad",
            code: """
                redis.register_function('@bad@', function(keys)
                    redis.call('INCR', keys[1])
                    return redis.error_reply('ERR Nothing doing')
                end)
                """
        )
        try await withRedisClient { client, _ async throws in
            let error = await #expect(throws: RedisError.self) {
                try await client.call("bad", in: library, keys: ["n"], arguments: [])
            }
            #expect(error?.reply?.message == "Nothing doing")
            #expect(try await client.send(RedisCommand("GET", "n")).int() == 1)
        }
    }

    @Test("A function that allows it runs in a full server")
    func allowsOOM() async throws {
        let library = RedisFunctionLibrary(name: "queue", code: Self.code)
        try await withRedisClient { client, _ async throws in
            try await client.load(library)
            _ = try await client.send(RedisCommand("CONFIG SET", "maxmemory", "1"))
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("SET", "a", "b")) }
            #expect(error?.reply?.code == "OOM")
            #expect(try await client.call("push", in: library, keys: ["q"], arguments: ["x"]).int() == 1)
        }
    }

    @Test("A full server that has not the functions is said to be full, and used as soon as there is room")
    func noRoom() async throws {
        let library = RedisFunctionLibrary(name: "queue", code: Self.code)
        try await withRedisClient { client, _ async throws in
            _ = try await client.send(RedisCommand("CONFIG SET", "maxmemory", "1"))
            let error = await #expect(throws: RedisError.self) {
                try await client.call("push", in: library, keys: ["q"], arguments: ["x"])
            }
            #expect(error?.code == .noRoomForFunctions && error?.mayHaveRun == false)
            #expect(error?.message.contains("raise its maxmemory") == true)
            _ = try await client.send(RedisCommand("CONFIG SET", "maxmemory", "0"))
            #expect(try await client.call("push", in: library, keys: ["q"], arguments: ["x"]).int() == 1)
        }
    }
}
