package import GRDB
internal import Monitoring

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The one file of the embedded engine: every store and both queues.
package final class SQLiteDatabase: Sendable {
    package let pool: DatabasePool

    /// Opens the file, creates it where there is none, and brings its tables up to date.
    ///
    /// Nobody but its owner may read the file, since it holds secrets.
    /// - Parameters:
    ///   - path: The path of the file; its folder must exist.
    ///   - busyTimeout: How long a write waits for another process's to end.
    /// - Throws: ``StoreError`` `unusable` where it is not a database of ours, or can't be written.
    package init(path: String, busyTimeout: Duration = .seconds(10)) throws {
        do {
            let configuration = Self.configuration(busyTimeout)
            if try !DatabaseFile.prepare(path) { try Self.checkOwnership(of: path, configuration) }
            try DatabaseFile.protect(path)
            pool = try Self.retryingWhileBusy(for: busyTimeout) {
                let pool = try DatabasePool(path: path, configuration: configuration)
                try Self.migrate(pool)
                return pool
            }
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            throw DatabaseFile.openingError(error, path: path)
        } catch {
            throw StoreError(.unusable, "\(path) can't be opened as a database of Tocsin: \(error)", cause: error)
        }
    }

    private static func configuration(_ busyTimeout: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.label = "tocsin"
        configuration.busyMode = .timeout(Double(busyTimeout.milliseconds) / 1_000)
        configuration.prepareDatabase { db in
            // A burst of writes must not leave a write-ahead log of its size behind for ever.
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    /// SQLite asks no busy handler when it changes the journal mode, which the first opening of a file does.
    private static func retryingWhileBusy<Value>(for limit: Duration, _ body: () throws -> Value) throws -> Value {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                return try body()
            } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline
            {
                // The process is only starting; there is no task yet that could be held up.
                usleep(20_000)
            }
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("stores 1") { try StoreTables.create(in: $0) }
        migrator.registerMigration("jobs 1") { try JobTables.create(in: $0) }
        migrator.registerMigration("events 1") { try EventTables.create(in: $0) }
        migrator.registerMigration("stores 2") { try SlotTables.create(in: $0) }
        migrator.registerMigration("jobs 2") { try JobTables.addIsolation(in: $0) }
        migrator.registerMigration("events 2") { try EventTables.addBacklogs(in: $0) }
        migrator.registerMigration("events 3") { try EventTables.addOrders(in: $0) }
        migrator.registerMigration("maintenance 1") { try MaintenanceTables.create(in: $0) }
        migrator.registerMigration("incidents 1") { try IncidentTables.create(in: $0) }
        migrator.registerMigration("status page 1") { try StatusPageTables.create(in: $0) }
        migrator.registerMigration("events 4") { try EventTables.addHeads(in: $0) }
        return migrator
    }

    /// Several processes may share a new file: whoever finds a migration being made by another goes on after it.
    private static func migrate(_ pool: DatabasePool) throws {
        for _ in 0..<3 {
            do {
                return try migrator.migrate(pool)
            } catch let error as DatabaseError where [.SQLITE_ERROR, .SQLITE_CONSTRAINT].contains(error.resultCode) {
                let done = try pool.read { try migrator.appliedIdentifiers($0) }
                if done.isEmpty { throw error }
            }
        }
        try migrator.migrate(pool)
    }

    /// Looks before anything is changed, were it only the file's journal mode.
    private static func checkOwnership(of path: String, _ configuration: Configuration) throws {
        var configuration = configuration
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            let mark = try Int32.fetchOne(db, sql: "PRAGMA application_id")
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables == 0 || mark == StoreTables.applicationID else {
                throw StoreError(
                    .unusable,
                    "\(path) is the database of another program; name another file with --database sqlite:PATH."
                )
            }
            guard try !migrator.hasBeenSuperseded(db) else {
                throw StoreError(
                    .unusable,
                    "\(path) was written by a newer version of tocsin; update this one, or name another file with "
                        + "--database sqlite:PATH."
                )
            }
        }
        try queue.close()
    }
}
