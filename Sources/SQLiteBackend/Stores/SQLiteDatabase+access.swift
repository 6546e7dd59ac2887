internal import GRDB
internal import Monitoring

extension SQLiteDatabase {
    /// Reads from a snapshot, beside any writer.
    func reading<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError.from(error)
        }
    }

    /// Reads something small that others wait for.
    ///
    /// It is not ended when the task is cancelled; what ``reading(_:)`` does for that comes back to the caller's thread
    /// on the way, which takes longer than such a read.
    func glancing<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncRead { database in
                    continuation.resume(with: Result { try body(database.get()) })
                }
            }
        } catch {
            throw StoreError.from(error)
        }
    }

    /// Runs one transaction: all of it is committed, or none.
    func writing<Value: Sendable>(
        durability: Durability = .full,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.writeWithoutTransaction { db in
                try db.transaction(durability) { try body(db) }
            }
        } catch {
            throw StoreError.from(error)
        }
    }
}
