internal import GRDB
internal import StoredForms

extension RollupProgress {
    init(_ db: Database) throws {
        self.init()
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: "SELECT level, through, oldest FROM rollupProgress")
        )
        while let row = try cursor.next() { add(row[0], through: row[1], oldest: row[2]) }
    }

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

extension Rollup {
    var table: String {
        switch self {
        case .minute: "rollupMinute"
        case .hour: "rollupHour"
        case .day: "rollupDay"
        }
    }
}
