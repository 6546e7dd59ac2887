internal import GRDB
internal import Monitoring
internal import StoredForms

/// A site's rows in `schedule`: one a region while it is not paused.
enum ScheduleRows {
    static func insert(_ site: Site, _ db: Database) throws {
        let keys = ScheduleKeys(of: site)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO schedule (region, intervalMs, phaseMs, siteID) VALUES (?, ?, ?, ?)"
        )
        for region in keys.regions {
            try statement.execute(arguments: [region, keys.intervalMs, keys.phaseMs, site.id.rawValue])
        }
    }

    /// Deletes the rows by their whole key: no index over the sites alone is needed.
    static func delete(_ site: Site, _ db: Database) throws {
        let keys = ScheduleKeys(of: site)
        let statement = try db.cachedStatement(
            sql: "DELETE FROM schedule WHERE region = ? AND intervalMs = ? AND phaseMs = ? AND siteID = ?"
        )
        for region in keys.regions {
            try statement.execute(arguments: [region, keys.intervalMs, keys.phaseMs, site.id.rawValue])
        }
    }
}
