internal import Monitoring

/// A database that many processes share: connections to it, and the ways to use them.
///
/// It needs no `run()`: connections are opened when they are asked for, and again after the server was away.
package final class PostgresDatabase: Sendable {
    /// Where it is, for messages and logs.
    package let place: String
    private let pool: PostgresPool

    /// How often a transaction is tried that the server undid for another's sake.
    private static let maxTries = 8

    /// Does not connect yet.
    package init(_ configuration: PostgresConfiguration) {
        place = configuration.place
        pool = PostgresPool(configuration)
    }

    /// How it stands with the connections.
    package var poolCounts: PostgresPoolCounts { pool.counts }

    /// Runs statements that change nothing, each of which sees what was committed before it.
    ///
    /// - Throws: ``StoreError``, or `CancellationError`.
    package func read<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        try await translatingErrors { try await pool.lending(body) }
    }

    /// Asks the server for an answer, and waits for a connection no longer than `wait`.
    ///
    /// - Returns: False where all connections are in use, so that nothing was asked.
    /// - Throws: ``StoreError``, or `CancellationError`.
    func answers(waiting wait: Duration) async throws -> Bool {
        do {
            _ = try await pool.lending(waiting: wait) { try await $0.execute("SELECT 1") }
            return true
        } catch let error as PostgresError where error.code == .busy {
            return false
        } catch {
            throw StoreError.from(error)
        }
    }

    /// Runs statements that change nothing, and that all see the same moment.
    ///
    /// - Throws: ``StoreError``, or `CancellationError`.
    package func snapshot<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        try await translatingErrors { try await transaction(.snapshot, body) }
    }

    /// Runs one transaction: all of it is committed, or none.
    ///
    /// Each statement sees what was committed before it. A transaction that the server undid because of another's
    /// (a deadlock, a conflict) is tried again, so `body` may run several times and touches nothing but the database.
    /// Where the connection breaks, it is not: it may have been committed.
    /// - Throws: ``StoreError``, or `CancellationError`.
    @discardableResult
    package func write<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        try await translatingErrors { try await retrying(.write, body) }
    }

    /// Runs one transaction, as ``write(_:)`` does, whose statements may take any time.
    ///
    /// - Throws: ``StoreError``, or `CancellationError`.
    @discardableResult
    package func writeWithoutLimit<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await translatingErrors { try await retrying(.unlimited, body) }
    }

    private func retrying<Value>(
        _ kind: TransactionKind,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        var backoff = Backoff(first: .milliseconds(5), longest: .milliseconds(200))
        for _ in 1..<Self.maxTries {
            do {
                return try await transaction(kind, body)
            } catch let error as PostgresError where error.isWorthAnotherTry {
                try await Task.sleep(for: backoff.next())
            }
        }
        return try await transaction(kind, body)
    }

    private func transaction<Value>(
        _ kind: TransactionKind,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await pool.lending { connection in
            do {
                try await connection.begin(kind)
                let value = try await body(connection)
                try await connection.commit()
                return value
            } catch {
                await connection.rollback()
                throw error
            }
        }
    }

    private func translatingErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            throw StoreError.from(error)
        }
    }
}
