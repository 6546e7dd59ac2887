package import Monitoring
package import StoredForms

/// The registered sites in PostgreSQL.
package struct PostgresSiteStore: SiteStore {
    /// Sites that get another default interval in one transaction, so that nobody waits long for one of them.
    static let intervalChunk = 2_000

    private let database: PostgresDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: PostgresDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    package func add(_ settings: [SiteSettings], by author: Author) async throws -> [Site] {
        try await changing(by: author) { writer in
            let added = try await writer.insertMissing(settings)
            var left = added
            return try settings.map { settings in
                guard let site = left.removeValue(forKey: settings.name) else { throw Self.taken(settings.name) }
                return site
            }
        }
    }

    package func upsert(_ settings: [SiteSettings], by author: Author) async throws -> (sites: [Site], added: Int) {
        try await changing(by: author) { writer in
            var sites: [Int: Site] = [:]
            var added = 0
            // A name that comes again changes what the one before it has made.
            for round in Self.rounds(settings) {
                let given = round.map { settings[$0] }
                var standing = try await writer.lock(named: given.map(\.name))
                let new = try await writer.insertMissing(given.filter { standing[$0.name] == nil })
                // Somebody else may have added one in between.
                let late = given.map(\.name).filter { standing[$0] == nil && new[$0] == nil }
                standing.merge(try await writer.lock(named: late)) { first, _ in first }
                let olds = try given.map { given in
                    guard let site = new[given.name] ?? standing[given.name] else { throw Self.taken(given.name) }
                    return site
                }
                let changed = try await writer.update(Array(zip(olds, given).map { (old: $0, settings: $1) }))
                for (place, site) in zip(round, changed) { sites[place] = site }
                added += new.count
            }
            return (settings.indices.compactMap { sites[$0] }, added)
        }
    }

    /// The places of the settings, in groups in which no name comes twice.
    private static func rounds(_ settings: [SiteSettings]) -> [[Int]] {
        var rounds: [[Int]] = []
        var seen: [String: Int] = [:]
        for (place, settings) in settings.enumerated() {
            let round = seen[settings.name, default: 0]
            seen[settings.name] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(place)
        }
        return rounds
    }

    package func update(
        _ id: SiteID,
        to settings: SiteSettings,
        revision: Int?,
        by author: Author
    ) async throws -> Site {
        try await changing(by: author) { writer in
            let old = try await writer.lock(id)
            if let revision, revision != old.revision {
                throw StoreError(
                    .conflict,
                    "The site \(id) was changed meanwhile (revision \(old.revision), not \(revision)); read it again."
                )
            }
            do {
                return try await writer.update([(old, settings)]).first ?? old
            } catch let error as PostgresError where error.state == .uniqueViolation {
                throw Self.taken(settings.name, cause: error)
            }
        }
    }

    package func remove(_ id: SiteID, by author: Author) async throws {
        try await changing(by: author) { writer in
            try await writer.remove(try await writer.lock(id))
        }
    }

    package func site(_ id: SiteID) async throws -> Site? {
        try await sites([id]).first
    }

    package func site(named name: String) async throws -> Site? {
        let rows = try await database.read { connection in
            try await connection.query(
                "SELECT \(SiteFields.columns) FROM site WHERE name = $1 AND removed_at IS NULL",
                [.text(name)]
            )
        }
        return try rows.first.map { try SiteFields($0).site(secrets) }
    }

    package func sites(_ ids: [SiteID]) async throws -> [Site] {
        guard !ids.isEmpty else { return [] }
        let rows = try await database.read { connection in
            try await connection.query(
                "SELECT \(SiteFields.columns) FROM site WHERE id = ANY($1) AND removed_at IS NULL ORDER BY id",
                [.ints(ids.map(\.rawValue))]
            )
        }
        return try rows.map { try SiteFields($0).site(secrets) }
    }

    package func overviews(_ query: SiteQuery) async throws -> SitePage {
        let now = time.now()
        return try await database.snapshot { connection in
            try await OverviewReader(connection: connection, now: now, secrets: secrets).page(query)
        }
    }

    package func statusCounts() async throws -> [SiteStatus: Int] {
        try await database.snapshot { try await OverviewReader.statusCounts($0) }
    }

    package func labels() async throws -> SiteLabels {
        try await database.snapshot { try await OverviewReader.labels($0) }
    }

    /// Goes through the sites in chunks, each a transaction of its own; a call that was cut short is finished by the next.
    package func applyDefaultInterval(_ interval: Duration) async throws {
        try await database.write { try await DefaultInterval.write(interval, $0) }
        var isDone = false
        while !isDone {
            isDone = try await changing(by: .local) { writer in
                // Another process has set it since, and applies what it has set.
                guard writer.defaultInterval == interval else { return true }
                // Two ranges of the index, which holds the sites without an interval of their own alone.
                let rows = try await writer.connection.query(
                    """
                    SELECT \(SiteFields.columns) FROM site
                    WHERE own_interval_ms IS NULL AND removed_at IS NULL AND (interval_ms < $1 OR interval_ms > $1)
                    ORDER BY id LIMIT $2 FOR NO KEY UPDATE
                    """,
                    [.int(interval.milliseconds), .int(Int64(Self.intervalChunk))]
                )
                try await writer.applyDefaultInterval(to: try rows.map { try SiteFields($0).site(nil) })
                return rows.count < Self.intervalChunk
            }
        }
    }

    private func changing<Value>(
        by author: Author,
        _ body: (SiteWriter) async throws -> Value
    ) async throws -> Value {
        let now = time.now()
        return try await database.write { connection in
            try await body(try await SiteWriter(connection, now: now, author: author, secrets: secrets))
        }
    }

    private static func taken(_ name: String, cause: (any Error)? = nil) -> StoreError {
        StoreError(
            .conflict,
            "There is a site named \"\(name)\" already; give this one another name.",
            cause: cause
        )
    }
}
