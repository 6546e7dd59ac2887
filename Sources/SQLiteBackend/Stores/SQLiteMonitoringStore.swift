internal import GRDB
package import Monitoring
internal import StoredForms

/// Results, states, incidents and the outbox in SQLite.
package struct SQLiteMonitoringStore: MonitoringStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    /// Records a batch in one transaction; where the database refuses it, halves of it, down to the one that it refuses.
    package func record(_ results: [CheckResult]) async throws -> [RecordOutcome] {
        let recorder = ResultRecorder(now: time.now())
        return try await BatchRecording.halving(results, where: \.concernsOneRecord) { batch in
            try await database.writing { try recorder.recordOpen(batch, $0) }
        }
    }

    package func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] {
        guard !slots.isEmpty else { return [] }
        return try await database.writing { try ClosedSlots(db: $0).close(slots) }
    }

    package func outbox(limit: Int) async throws -> [OutboxEntry] {
        try await database.reading { try Outbox.unsent(limit: limit, $0) }
    }

    package func markSent(_ entries: [OutboxEntry]) async throws {
        guard !entries.isEmpty else { return }
        let now = time.now()
        try await database.writing { try Outbox.markSent(entries, at: now, $0) }
    }

    package func offerAgain(sentSince moment: Timestamp) async throws -> Int {
        try await database.writing { try Outbox.offerAgain(sentSince: moment, $0) }
    }

    package func incidents(_ query: IncidentQuery) async throws -> [Incident] {
        try await database.reading { try IncidentRecord.page(query, $0) }
    }

    package func incident(_ id: IncidentID) async throws -> Incident? {
        try await database.reading { try IncidentRecord.find(id, $0) }
    }

    package func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident {
        let now = time.now()
        return try await database.writing { db in
            guard var incident = try IncidentRecord.find(id, db) else {
                throw StoreError(.notFound, "There is no incident \(id).")
            }
            guard incident.acknowledgedAt == nil else { return incident }
            incident.acknowledgedAt = now
            incident.acknowledgedBy = author.name
            try db.execute(
                sql: "UPDATE incident SET acknowledgedAt = ?, acknowledgedBy = ? WHERE id = ?",
                arguments: [now.milliseconds, author.name, id.rawValue]
            )
            try Audit(db: db, now: now, author: author).record("incident.acknowledge", id.description)
            return incident
        }
    }

    package func results(_ query: ResultQuery) async throws -> [StoredResult] {
        try await database.reading { db in
            let sql = """
                SELECT \(ResultRecord.columns) FROM result JOIN site ON site.id = result.siteID
                WHERE result.siteID = ? AND result.slot >= ? AND result.slot <= ? AND result.slot < ?
                AND site.removedAt IS NULL
                ORDER BY result.slot DESC, result.region DESC LIMIT ?
                """
            let arguments: StatementArguments = [
                query.site.rawValue, query.from?.milliseconds ?? .min, query.to?.milliseconds ?? .max,
                query.before?.milliseconds ?? .max, max(query.limit, 0),
            ]
            return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments)
                .map { try ResultRecord.result($0) }
        }
    }

    package func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime {
        let now = time.now()
        return try await database.reading { db in
            let life = try SiteLife.read(site, db)
            let start = max(from, life.createdAt)
            let end = max(min(to, now), start)
            let span = start..<end
            let calendar = try MaintenanceTerms.calendar(span, db)
            let maintenance = calendar.isEmpty ? [] : calendar.spans(of: site, tags: try life.tags())
            let sql = """
                SELECT siteID, startedAt, endedAt FROM incident
                WHERE siteID = ?3 AND (endedAt IS NULL OR endedAt > ?2) AND startedAt < ?1
                """
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: sql),
                arguments: [end.milliseconds, start.milliseconds, site.rawValue]
            )
            var outages = Outages()
            while let row = try cursor.next() { outages.add(site: row[0], startedAt: row[1], endedAt: row[2]) }
            return outages.uptime(of: site, in: span, except: maintenance)
        }
    }

    package func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        try await database.reading { db in
            let life = try SiteLife.read(site, db)
            return try LatencyReader(db: db, site: site, life: life)
                .latency(from: max(from, life.createdAt), to: to, buckets: buckets)
        }
    }

    package func phases(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> PhaseTimes {
        try await database.reading { db in
            let life = try SiteLife.read(site, db)
            var span = PhaseSpan(
                from: max(from, life.createdAt),
                to: to,
                progress: try RollupProgress(db),
                buckets: buckets
            )
            let sql = """
                SELECT (slot - ?2) * ?4 / (?3 - ?2) AS place, count(*), sum(coalesce(dns, 0)), sum(coalesce(connect, 0)),
                sum(coalesce(tls, 0)), sum(coalesce(firstByte, 0)), sum(coalesce(transfer, 0)) FROM result
                WHERE siteID = ?1 AND slot >= ?2 AND slot < ?3 AND (verdict < 2 OR statusCode IS NOT NULL) GROUP BY place
                """
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: sql),
                arguments: [site.rawValue, span.start, span.end, span.count]
            )
            while let row = try cursor.next() {
                span.set(
                    row[0],
                    count: row[1],
                    dns: row[2],
                    connect: row[3],
                    tls: row[4],
                    firstByte: row[5],
                    transfer: row[6]
                )
            }
            return span.times
        }
    }

    package func maintain(_ retention: Retention) async throws -> Int {
        let now = time.now()
        let maintenance = RollupMaintenance(database: database, now: now)
        try await maintenance.rollUp()
        return try await Purge(database: database, now: now, retention: retention).run()
    }
}

/// What reads of a site's history need to know of it.
struct SiteLife {
    let createdAt: Timestamp
    let intervalMs: Int64
    private let settings: String?

    /// The tags, which few readers ask for.
    func tags() throws -> [String] {
        var fields = SiteFields()
        fields.settings = settings
        return try fields.site(nil).settings.tags
    }

    static func read(_ site: SiteID, _ db: Database) throws -> Self {
        let sql = "SELECT createdAt, intervalMs, settings FROM site WHERE id = ? AND removedAt IS NULL"
        guard let row = try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: [site.rawValue]) else {
            throw StoreError(.notFound, "There is no site \(site).")
        }
        return Self(createdAt: Timestamp(milliseconds: row[0]), intervalMs: row[1], settings: row[2])
    }
}
