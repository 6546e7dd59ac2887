package import GRDB
internal import Monitoring

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
            try DatabaseFile.prepare(path)
            pool = try DatabasePool(path: path, configuration: Self.configuration(busyTimeout))
            try Self.checkOwnership(of: pool, path: path)
            try Self.migrator.migrate(pool)
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
            // 202 promises that the event survives a power cut, so a commit is on the disk when it returns.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // A burst of writes must not leave a write-ahead log of its size behind for ever.
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("stores 1") { try StoreTables.create(in: $0) }
        migrator.registerMigration("jobs 1") { try JobTables.create(in: $0) }
        migrator.registerMigration("events 1") { try EventTables.create(in: $0) }
        return migrator
    }

    private static func checkOwnership(of pool: DatabasePool, path: String) throws {
        try pool.read { db in
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
    }
}
