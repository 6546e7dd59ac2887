internal import GRDB
internal import Monitoring

/// A region's row of `jobStream`: its lead, its mark and its counters.
struct StreamRow {
    let epoch: Int64
    let leader: String?
    let leaderUntil: Timestamp
    let mark: Mark?
    let pushed: Int
    let trimmed: Int
    let ended: Int

    /// Jobs in the stream.
    ///
    /// Counted by what went in and out, because counting 100,000 rows for each page is slow.
    var length: Int { pushed - trimmed - ended }

    static func fetch(_ region: String, in db: Database) throws -> Self {
        let statement = try db.cachedStatement(sql: "SELECT * FROM jobStream WHERE region = ?")
        guard let row = try Row.fetchOne(statement, arguments: [region]) else {
            throw JobStreamError(
                .refused,
                "The database has lost its row of the job stream \(region); restart to make it again."
            )
        }
        return Self(row)
    }

    private init(_ row: Row) {
        epoch = row["epoch"]
        leader = row["leader"]
        leaderUntil = Timestamp(milliseconds: row["leaderUntil"] ?? 0)
        mark = Self.mark(row)
        pushed = row["pushed"]
        trimmed = row["trimmed"]
        ended = row["ended"]
    }

    private static func mark(_ row: Row) -> Mark? {
        guard let from = row["markFrom"] as Int64?, let through = row["markThrough"] as Int64? else { return nil }
        var position: Mark.Position?
        if let interval = row["markInterval"] as Int64?, let slot = row["markSlot"] as Int64?,
            let site = row["markSite"] as Int64?
        {
            position = Mark.Position(
                interval: .milliseconds(interval),
                cursor: SlotCursor(slot: Timestamp(milliseconds: slot), site: SiteID(rawValue: site))
            )
        }
        return Mark(
            from: Timestamp(milliseconds: from),
            through: Timestamp(milliseconds: through),
            position: position,
            count: row["markCount"] ?? 0
        )
    }
}
