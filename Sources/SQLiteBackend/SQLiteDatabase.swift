package import GRDB
internal import Monitoring

/// The one file of the embedded engine: every store and both queues.
package final class SQLiteDatabase: Sendable {
    package let pool: DatabasePool

    /// Opens the file, creates it where there is none, and brings its tables up to date.
    ///
    /// - Throws: ``StoreError`` `unusable` where it is not a database of ours.
    package init(path: String) throws {
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            try Self.migrator.migrate(pool)
        } catch {
            throw StoreError(.unusable, "\(path) can't be opened as a database of Tocsin: \(error)", cause: error)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "tocsin"
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            // 202 promises that the event survives a power cut, so a commit is on the disk when it returns.
            try db.execute(sql: "PRAGMA synchronous = FULL")
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
}
