internal import GRDB

/// What the database holds of the checks, when all has come to rest.
struct StoreRecords: Sendable {
    /// One outage of a site.
    struct Incident: Sendable {
        let id: String
        let hasEnded: Bool
    }

    var gaps: [Gap] = []
    var missed = 0
    var incidents: [Incident] = []
    /// Slots whose jobs wait, where the stream is kept in the database.
    var waiting: Set<SlotKey> = []
}

extension StoreRecords {
    /// Reads a SQLite file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - recorded: Told of each result, since there may be very many.
    /// - Throws: What SQLite throws.
    init(sqlite path: String, recorded: (SlotKey) -> Void) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        try DatabaseQueue(path: path, configuration: configuration).read { db in
            gaps = try Row.fetchAll(db, sql: "SELECT intervalMs, afterSlot, afterSite, through FROM gap").map {
                Gap(interval: $0[0], afterSlot: $0[1], afterSite: $0[2], through: $0[3])
            }
            missed = try Int.fetchOne(db, sql: "SELECT coalesce(sum(slots), 0) FROM missed") ?? 0
            incidents = try Row.fetchAll(db, sql: "SELECT id, endedAt IS NOT NULL FROM incident").map {
                Incident(id: String($0[0] as Int64), hasEnded: $0[1])
            }
            waiting = Set(
                try Row.fetchAll(db, sql: "SELECT CAST(websiteID AS INTEGER), slot FROM job WHERE worker IS NULL").map {
                    SlotKey(site: $0[0], slot: $0[1] ?? 0)
                }
            )
            let results = try Row.fetchCursor(db, sql: "SELECT siteID, slot FROM result")
            while let row = try results.next() { recorded(SlotKey(site: row[0], slot: row[1])) }
        }
    }
}
