internal import Foundation
internal import GRDB
internal import TestSupport

/// Reads a database of Tocsin, whichever engine it is, with statements that every engine understands.
struct StoreReader: Sendable {
    /// There is nothing to read it with, or it can't be read.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One row, as texts.
    struct Row: Sendable {
        let values: [String]

        func text(_ index: Int) -> String { index < values.count ? values[index] : "" }
        func number(_ index: Int) -> Int64 { Int64(text(index)) ?? 0 }
    }

    /// What the engine calls some things.
    struct Names: Sendable {
        let interval, afterSlot, afterSite, endedAt, site, closed: String

        static let sqlite = Names(
            interval: "intervalMs",
            afterSlot: "afterSlot",
            afterSite: "afterSite",
            endedAt: "endedAt",
            site: "siteID",
            closed: "closedSlot"
        )
        static let postgres = Names(
            interval: "interval_ms",
            afterSlot: "after_slot",
            afterSite: "after_site",
            endedAt: "ended_at",
            site: "site_id",
            closed: "closed_slot"
        )
    }

    let names: Names
    private let fetch: @Sendable (_ sql: String) async throws -> [Row]
    private let tables: String

    /// Opens a SQLite file.
    init(sqlite path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        names = .sqlite
        tables = "SELECT name FROM sqlite_master WHERE name ="
        fetch = { [configuration] sql in
            try DatabaseQueue(path: path, configuration: configuration).read { db in
                try GRDB.Row.fetchAll(db, sql: sql).map { row in
                    Row(values: row.databaseValues.map { "\($0.storage.value ?? "")" })
                }
            }
        }
    }

    /// Reads a database of PostgreSQL, with the program that comes with it.
    init(postgres url: String, folder: String) throws {
        guard let psql = findExecutable("psql") else {
            throw Failure(description: "There is no psql to read PostgreSQL with; run `make test`, which brings it.")
        }
        names = .postgres
        tables = "SELECT tablename FROM pg_tables WHERE tablename ="
        fetch = { sql in
            let path = "\(folder)/rows.tsv"
            let process = try ChildProcess(
                psql,
                ["-X", "-q", "-A", "-t", "-F", "\t", "-o", path, "-c", "SET search_path = tocsin", "-c", sql, url]
            )
            await process.ended()
            guard process.status == 0 else { throw Failure(description: "psql could not run `\(sql)`") }
            return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                Row(values: $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
            }
        }
    }

    /// Hands the rows of a query over, one after the other.
    func rows(_ sql: String, _ take: (Row) -> Void) async throws {
        for row in try await fetch(sql) { take(row) }
    }

    /// Whether there is a table of a name.
    func has(_ table: String) async throws -> Bool {
        try await !fetch("\(tables) '\(table)'").isEmpty
    }
}
