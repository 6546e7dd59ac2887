extension PostgresConnection {
    /// Takes an advisory lock until the end of the transaction, beside others who share it.
    func lockShared(_ key: AdvisoryLock) async throws {
        try await execute("SELECT pg_advisory_xact_lock_shared($1)", [.int(key.rawValue)])
    }

    /// Takes an advisory lock until the end of the transaction, unless another has it.
    func tryLock(_ key: AdvisoryLock) async throws -> Bool {
        try await query("SELECT pg_try_advisory_xact_lock($1) AS taken", [.int(key.rawValue)]).first?.bool("taken")
            ?? false
    }
}

extension PostgresDatabase {
    /// Runs one step of the maintenance in a transaction; nil, and nothing done, where another process is at one.
    ///
    /// Every step finds out by itself what is left to do, since another may have been here since the one before.
    func maintaining<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value? {
        try await write { connection in
            guard try await connection.tryLock(.maintenance) else { return nil }
            return try await body(connection)
        }
    }
}
