internal import GRDB
package import Monitoring
package import StoredForms

/// The registered sites in SQLite.
package struct SQLiteSiteStore: SiteStore {
    /// Sites that get another default interval in one transaction, so that other writers are not held up.
    static let intervalChunk = 2_000

    private let database: SQLiteDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: SQLiteDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    package func add(_ settings: [SiteSettings], by author: Author) async throws -> [Site] {
        try await changing(by: author) { writer in
            try settings.map { try writer.insert($0) }
        }
    }

    package func upsert(
        _ settings: [SiteSettings],
        by author: Author
    ) async throws -> (sites: [Site], added: Int) {
        let sites = try await changing(by: author) { writer in
            try settings.map { settings -> (site: Site, isNew: Bool) in
                if let old = try writer.site(named: settings.name) {
                    return (try writer.update(old, to: settings), false)
                }
                return (try writer.insert(settings), true)
            }
        }
        return (sites.map(\.site), sites.count(where: \.isNew))
    }

    package func update(
        _ id: SiteID,
        to settings: SiteSettings,
        revision: Int?,
        by author: Author
    ) async throws -> Site {
        try await changing(by: author) { writer in
            let old = try writer.site(id)
            if let revision, revision != old.revision {
                throw StoreError(
                    .conflict,
                    "The site \(id) was changed meanwhile (revision \(old.revision), not \(revision)); read it again."
                )
            }
            return try writer.update(old, to: settings)
        }
    }

    package func remove(_ id: SiteID, by author: Author) async throws {
        try await changing(by: author) { writer in
            try writer.remove(try writer.site(id))
        }
    }

    package func site(_ id: SiteID) async throws -> Site? {
        try await sites([id]).first
    }

    package func site(named name: String) async throws -> Site? {
        let secrets = secrets
        return try await database.reading { db in
            let sql = "SELECT \(SiteFields.columns) FROM site WHERE name = ? AND removedAt IS NULL"
            return try SiteFields.fetchOne(try db.cachedStatement(sql: sql), arguments: [name])?.site(secrets)
        }
    }

    package func sites(_ ids: [SiteID]) async throws -> [Site] {
        guard !ids.isEmpty else { return [] }
        let secrets = secrets
        return try await database.reading { db in
            let sql = """
                SELECT \(SiteFields.columns) FROM json_each(?) AS wanted CROSS JOIN site ON site.id = wanted.value
                WHERE site.removedAt IS NULL
                """
            return try SiteFields.fetchAll(try db.cachedStatement(sql: sql), arguments: [IDList.text(ids)])
                .map { try $0.site(secrets) }
        }
    }

    package func overviews(_ query: SiteQuery) async throws -> SitePage {
        let reader = OverviewReader(now: time.now(), secrets: secrets)
        return try await database.reading { try reader.page(query, $0) }
    }

    package func statusCounts() async throws -> [SiteStatus: Int] {
        try await database.reading { try OverviewReader.statusCounts($0) }
    }

    package func labels() async throws -> SiteLabels {
        try await database.reading { try OverviewReader.labels($0) }
    }

    /// Goes through the sites in chunks, each a transaction of its own; a call that was cut short is finished by the next.
    package func applyDefaultInterval(_ interval: Duration) async throws {
        let now = time.now()
        let secrets = secrets
        try await database.writing { try DefaultInterval.write(interval, $0) }
        var isDone = false
        while !isDone {
            try Task.checkCancellation()
            isDone = try await database.writing { db in
                let writer = try SiteWriter(db, now: now, author: .local, secrets: secrets)
                // Two ranges of the index, which holds the sites without an interval of their own alone.
                let sql = """
                    SELECT \(SiteFields.columns) FROM site
                    WHERE ownIntervalMs IS NULL AND removedAt IS NULL AND (intervalMs < ?1 OR intervalMs > ?1) LIMIT ?2
                    """
                let records = try SiteFields.fetchAll(
                    db,
                    sql: sql,
                    arguments: [interval.milliseconds, Self.intervalChunk]
                )
                for record in records {
                    try writer.setDefaultInterval(interval, of: try record.site(nil))
                }
                return records.count < Self.intervalChunk
            }
        }
    }

    private func changing<Value: Sendable>(
        by author: Author,
        _ body: @escaping @Sendable (SiteWriter) throws -> Value
    ) async throws -> Value {
        let now = time.now()
        let secrets = secrets
        return try await database.writing { db in
            try body(try SiteWriter(db, now: now, author: author, secrets: secrets))
        }
    }
}

/// Numbers as one bound value for `json_each`, so that a query is prepared once whatever their count.
enum IDList {
    static func text<Record>(_ ids: [Identifier<Record>]) -> String {
        "[" + ids.map(\.description).joined(separator: ",") + "]"
    }
}
