internal import GRDB
package import Monitoring
internal import StoredForms

/// The maintenance windows in SQLite.
package struct SQLiteMaintenanceStore: MaintenanceStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func add(_ settings: MaintenanceSettings, by author: Author) async throws -> MaintenanceWindow {
        try await changing(by: author) { try $0.add(settings) }
    }

    package func update(
        _ id: MaintenanceID,
        to settings: MaintenanceSettings,
        revision: Int?,
        by author: Author
    ) async throws -> MaintenanceWindow {
        try await changing(by: author) { try $0.update(id, to: settings, revision: revision) }
    }

    package func end(_ id: MaintenanceID, by author: Author) async throws -> MaintenanceWindow {
        try await changing(by: author) { try $0.end(id) }
    }

    package func remove(_ id: MaintenanceID, by author: Author) async throws {
        try await changing(by: author) { try $0.remove(id) }
    }

    package func window(_ id: MaintenanceID) async throws -> MaintenanceWindow? {
        try await database.reading { try MaintenanceWriter.find(id, $0) }
    }

    package func windows(_ query: MaintenanceQuery) async throws -> MaintenancePage {
        let now = time.now()
        return try await database.reading { db in
            try MaintenanceListing.page(query, now: now) { try MaintenanceWriter.before($0, limit: $1, db) }
        }
    }

    package func occurrences(from: Timestamp, to: Timestamp, limit: Int) async throws -> [MaintenanceOccurrence] {
        guard from < to else { return [] }
        let windows = try await database.reading { try MaintenanceWriter.windows(reachingBeyond: from, $0) }
        return MaintenanceOccurrence.list(of: windows, in: from..<to, limit: limit)
    }

    package func calendar(from: Timestamp, to: Timestamp) async throws -> MaintenanceCalendar {
        guard from < to else { return .empty }
        return try await database.reading { try MaintenanceTerms.calendar(from..<to, $0) }
    }

    package func showWindows() async throws -> Int {
        let display = MaintenanceDisplay(now: time.now())
        guard try await database.reading({ try display.isOutdated($0) }) else { return 0 }
        return try await database.writing { try display.apply($0) }
    }

    private func changing<Value: Sendable>(
        by author: Author,
        _ body: @escaping @Sendable (MaintenanceWriter) throws -> Value
    ) async throws -> Value {
        let now = time.now()
        return try await database.writing { try body(MaintenanceWriter(db: $0, now: now, author: author)) }
    }
}
