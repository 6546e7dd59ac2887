extension RedisClient {
    /// Calls a function of a library, and loads the library first where the server does not have it.
    ///
    /// Only a call that found no function is repeated; such a call has not run.
    package func call(
        _ function: String,
        in library: RedisFunctionLibrary,
        keys: [String],
        arguments: [RedisArgument]
    ) async throws -> RESPValue {
        let call = RedisFunctionCall(function, keys: keys, arguments: arguments)
        guard let result = try await pipelineCalls([call], in: library).first else {
            throw RedisError(.protocolViolation, "Redis gave no reply.")
        }
        return try result.get()
    }

    /// Calls functions of a library in one write, and answers with what became of each.
    ///
    /// Where the server does not have the library, it is loaded and those calls are repeated, in their order, that found
    /// no function.
    package func pipelineCalls(
        _ calls: [RedisFunctionCall],
        in library: RedisFunctionLibrary
    ) async throws -> [Result<RESPValue, RedisError>] {
        let commands = calls.map { library.command($0.function, keys: $0.keys, arguments: $0.arguments) }
        var results = try await pipeline(commands)
        let missing = results.indices.filter { results[$0].isFunctionNotFound }
        guard !missing.isEmpty else { return results }
        try await load(library)
        for (index, result) in zip(missing, try await pipeline(missing.map { commands[$0] })) {
            results[index] = result
        }
        return results
    }

    /// Loads a library; harmless where it is loaded already.
    package func load(_ library: RedisFunctionLibrary) async throws {
        _ = try await send(library.loadCommand)
    }
}

extension Result<RESPValue, RedisError> {
    fileprivate var isFunctionNotFound: Bool {
        if case .failure(let error) = self { error.reply?.isFunctionNotFound ?? false } else { false }
    }
}
