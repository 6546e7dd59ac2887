internal import Logging

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
        do {
            _ = try await send(library.loadCommand)
        } catch let error as RedisError where error.reply?.code == "OOM" {
            throw RedisError(
                .noRoomForFunctions,
                "Redis is full (maxmemory) and refuses the functions \(library.family), without which nothing can be worked "
                    + "off either; raise its maxmemory, or delete what else is in it. What needs them goes on by itself then.",
                cause: error
            )
        }
    }

    /// Loads a library, and deletes other versions of it, which only take up room.
    ///
    /// Where a process of another release still runs, its next call brings its version back; the server must have room for
    /// that, so that nothing is deleted where it is nearly full.
    package func replaceVersions(with library: RedisFunctionLibrary) async throws {
        try await load(library)
        do {
            guard try await hasRoom() else { return }
            let pattern: RedisArgument = .string("\(library.family)_*")
            let list = try await send(RedisCommand("FUNCTION LIST", "LIBRARYNAME", pattern)).array()
            for name in try list.compactMap({ try $0.dictionary()["library_name"]?.string() })
            where name != library.name {
                _ = try await send(RedisCommand("FUNCTION DELETE", .string(name)))
            }
        } catch let error as RedisError where error.reply != nil {
            // Another process was faster, or we may not.
            logger.debug("functions of other releases may be left", metadata: ["error": "\(error)"])
        }
    }

    /// Whether functions that are deleted could be brought back.
    private func hasRoom() async throws -> Bool {
        let info = try await send(RedisCommand("INFO", "memory")).string()
        func number(_ name: String) -> Int {
            let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
            return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
        }
        return number("maxmemory") == 0 || number("used_memory") < number("maxmemory") / 10 * 8
    }
}

extension Result<RESPValue, RedisError> {
    fileprivate var isFunctionNotFound: Bool {
        if case .failure(let error) = self { error.reply?.isFunctionNotFound ?? false } else { false }
    }
}
