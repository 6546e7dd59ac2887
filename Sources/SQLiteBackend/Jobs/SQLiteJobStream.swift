internal import GRDB
package import Monitoring
internal import Synchronization

/// The job stream of the embedded engine.
///
/// The file belongs to one process, and each region to one such stream in it: whoever held jobs or led when it is opened
/// is of an earlier boot, and dead.
package final class SQLiteJobStream: JobStream {
    struct State {
        var leases = LeaseClock()
        var leadership = LeaseClock()
        /// The workers that have claimed and not left, with the time at which they last did.
        var workers: [String: Timestamp] = [:]
    }

    package let region: String
    let maxLength: Int
    let time: any TimeSource
    let signal = ChangeSignal()
    let state = Mutex(State())
    private let database: SQLiteDatabase

    /// Opens the stream of a region, and frees what an earlier boot held.
    ///
    /// - Throws: ``JobStreamError`` where the database can't be written.
    package init(database: SQLiteDatabase, region: String, maxLength: Int, time: any TimeSource) throws {
        self.database = database
        self.region = region
        self.maxLength = max(1, maxLength)
        self.time = time
        do {
            try database.pool.writeWithoutTransaction { db in
                try db.transaction(.ordered) { try Self.buryEarlierBoot(region: region, in: db) }
            }
        } catch {
            throw Self.translate(error)
        }
    }

    /// A holder that is gone died with its jobs in hand: an orderly end gives them back first.
    private static func buryEarlierBoot(region: String, in db: Database) throws {
        try db.execute(sql: "INSERT INTO jobStream (region) VALUES (?) ON CONFLICT DO NOTHING", arguments: [region])
        try db.execute(
            sql: "UPDATE jobStream SET leader = NULL, leaderUntil = NULL WHERE region = ?",
            arguments: [region]
        )
        try db.execute(
            sql: """
                UPDATE job SET worker = NULL, seenAt = 0, isolated = 0,
                    crashes = crashes + (crashes < \(HeldJob.crashesToIsolate) OR isolated)
                WHERE region = ? AND worker IS NOT NULL
                """,
            arguments: [region]
        )
    }

    // MARK: Access to the file

    /// Runs one transaction.
    ///
    /// The mark, the jobs and their ends are in one file, and a result that is recorded in full makes all before it durable.
    /// So a power cut takes the stream back to a state in which it was, and what is not there is pushed again.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.pool.writeWithoutTransaction { db in
                try db.transaction(.ordered) { try body(db) }
            }
        } catch {
            throw Self.translate(error)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.pool.read(body)
        } catch {
            throw Self.translate(error)
        }
    }

    private static func translate(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_SCHEMA, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH:
            JobStreamError(.refused, "The job tables of the database refuse the request: \(error)", cause: error)
        default:
            JobStreamError(
                .unavailable,
                "The database can't be written now: \(error). Check its disk; work goes on by itself.",
                cause: error
            )
        }
    }

    // MARK: Hygiene

    package func tidy() async throws {
        let (workers, now) = state.withLock { ($0.workers, $0.leases.read(time.now())) }
        let gone = workers.filter { now - $0.value > .seconds(60) }.map(\.key)
        for worker in gone { try await leave(worker) }
    }

    package func leave(_ worker: String) async throws {
        guard try await held(by: worker) == 0 else { return }
        state.withLock { _ = $0.workers.removeValue(forKey: worker) }
    }

    private func held(by worker: String) async throws -> Int {
        try await read { [region] db in
            try Int.fetchOne(
                db,
                sql: "SELECT COUNT(*) FROM job WHERE region = ? AND worker = ?",
                arguments: [region, worker]
            ) ?? 0
        }
    }
}
