/// MULTI … EXEC around commands, and the replies taken out again.
enum Transaction {
    static func wrap(_ commands: EncodedCommands) -> EncodedCommands {
        [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")]
    }

    static func unwrap(_ replies: [RESPValue]) throws(RedisError) -> [RESPValue] {
        // Of several errors the first tells why; EXEC then only says that there was one.
        for reply in replies {
            if case .error(let error) = reply { throw RedisError(error) }
        }
        guard let last = replies.last, !last.isNull else {
            throw RedisError(
                .transactionAborted,
                "The transaction was not applied: a watched key has changed. Read it again and repeat."
            )
        }
        return try last.array()
    }
}

extension RESPValue {
    /// The value, or the error that it is.
    var result: Result<RESPValue, RedisError> {
        if case .error(let reply) = self { .failure(RedisError(reply)) } else { .success(self) }
    }
}

extension RESPValue? {
    /// The reply to a single command.
    func onlyReply() throws(RedisError) -> RESPValue {
        guard let self else { throw RedisError(.protocolViolation, "Redis gave no reply.") }
        return try self.result.get()
    }
}
