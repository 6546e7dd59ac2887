internal import GRDB

/// How far each level has been rolled up, and from when on it still is there.
struct RollupProgress {
    /// The name of the raw results among the levels.
    static let raw = "raw"

    private var through: [String: Int64] = [:]
    private var oldest: [String: Int64] = [:]

    init(_ db: Database) throws {
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: "SELECT level, through, oldest FROM rollupProgress")
        )
        while let row = try cursor.next() {
            through[row[0]] = row[1] as Int64?
            oldest[row[0]] = row[2] as Int64
        }
    }

    /// Everything before this moment is in the level; nil before the first time.
    func through(_ level: Rollup) -> Int64? { through[level.rawValue] }

    /// Everything before this moment has been deleted from the level.
    func oldest(_ level: String) -> Int64 { oldest[level] ?? 0 }

    static func setThrough(_ moment: Int64, of level: Rollup, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO rollupProgress (level, through) VALUES (?, ?)
                ON CONFLICT (level) DO UPDATE SET through = excluded.through
                """,
            arguments: [level.rawValue, moment]
        )
    }

    static func setOldest(_ moment: Int64, of level: String, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO rollupProgress (level, oldest) VALUES (?, ?)
                ON CONFLICT (level) DO UPDATE SET oldest = excluded.oldest
                """,
            arguments: [level, moment]
        )
    }
}
