internal import GRDB

/// Reads a database of Tocsin, whichever engine it is, with statements that every engine understands.
struct StoreReader {
    /// One row, as texts.
    struct Row {
        let values: [String]

        func text(_ index: Int) -> String { index < values.count ? values[index] : "" }
        func number(_ index: Int) -> Int64 { Int64(text(index)) ?? 0 }
    }

    /// What the engine calls some things.
    struct Names {
        let interval, afterSlot, afterSite, endedAt, site, closed: String

        static let sqlite = Names(
            interval: "intervalMs",
            afterSlot: "afterSlot",
            afterSite: "afterSite",
            endedAt: "endedAt",
            site: "siteID",
            closed: "closedSlot"
        )
    }

    let names: Names
    private let fetch: (_ sql: String, _ take: (Row) -> Void) throws -> Void
    private let tables: String

    /// Opens a SQLite file.
    init(sqlite path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        names = .sqlite
        tables = "SELECT name FROM sqlite_master"
        fetch = { sql, take in
            try database.read { db in
                let rows = try GRDB.Row.fetchCursor(db, sql: sql)
                while let row = try rows.next() {
                    take(
                        Row(
                            values: row.databaseValues.map {
                                String.fromDatabaseValue($0) ?? "\($0.storage.value ?? "")"
                            }
                        )
                    )
                }
            }
        }
    }

    /// Hands the rows of a query over, one after the other.
    func rows(_ sql: String, _ take: (Row) -> Void) throws { try fetch(sql, take) }

    /// Whether there is a table of a name.
    func has(_ table: String) throws -> Bool {
        var isThere = false
        try fetch("\(tables) WHERE name = '\(table)'") { _ in isThere = true }
        return isThere
    }
}
