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

    /// Runs one transaction: all of it is committed, or none.
    func writing<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw StoreError.from(error)
        }
    }
}
