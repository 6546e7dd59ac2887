package import Monitoring
internal import StoredForms

/// The maintenance windows in PostgreSQL.
package struct PostgresMaintenanceStore: MaintenanceStore {
    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func add(_ settings: MaintenanceSettings, by author: Author) async throws -> MaintenanceWindow {
        try await changing(by: author) { try await $0.add(settings) }
    }

    package func update(
        _ id: MaintenanceID,
        to settings: MaintenanceSettings,
        revision: Int?,
        by author: Author
    ) async throws -> MaintenanceWindow {
        try await changing(by: author) { try await $0.update(id, to: settings, revision: revision) }
    }

    package func end(_ id: MaintenanceID, by author: Author) async throws -> MaintenanceWindow {
        try await changing(by: author) { try await $0.end(id) }
    }

    package func remove(_ id: MaintenanceID, by author: Author) async throws {
        try await changing(by: author) { try await $0.remove(id) }
    }

    package func window(_ id: MaintenanceID) async throws -> MaintenanceWindow? {
        try await database.read { try await MaintenanceWriter.find(id, $0) }
    }

    package func windows(_ query: MaintenanceQuery) async throws -> MaintenancePage {
        let now = time.now()
        return try await database.read { connection in
            try await MaintenanceListing.page(query, now: now) {
                try await MaintenanceWriter.before($0, limit: $1, connection)
            }
        }
    }

    package func occurrences(from: Timestamp, to: Timestamp, limit: Int) async throws -> [MaintenanceOccurrence] {
        guard from < to else { return [] }
        let windows = try await database.read { try await MaintenanceWriter.windows(reachingBeyond: from, $0) }
        return MaintenanceOccurrence.list(of: windows, in: from..<to, limit: limit)
    }

    package func calendar(from: Timestamp, to: Timestamp) async throws -> MaintenanceCalendar {
        guard from < to else { return .empty }
        return try await database.read { try await MaintenanceTerms.calendar(from..<to, $0) }
    }

    package func showWindows() async throws -> Int {
        let now = time.now()
        let isOutdated = try await database.read {
            try await MaintenanceDisplay(connection: $0, now: now).isOutdated()
        }
        guard isOutdated else { return 0 }
        return try await database.write { try await MaintenanceDisplay(connection: $0, now: now).apply() }
    }

    private func changing<Value>(
        by author: Author,
        _ body: (MaintenanceWriter) async throws -> Value
    ) async throws -> Value {
        let now = time.now()
        return try await database.write {
            try await body(MaintenanceWriter(connection: $0, now: now, author: author))
        }
    }
}
