package import Monitoring
internal import StoredForms

/// Results, states, incidents and the outbox in PostgreSQL.
package struct PostgresMonitoringStore: MonitoringStore {
    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    /// Records a batch in one transaction; where the database refuses it, halves of it, down to the one that it refuses.
    ///
    /// Where the connection breaks, this throws, and may have recorded all the same; a repeat changes nothing then.
    package func record(_ results: [CheckResult]) async throws -> [RecordOutcome] {
        let now = time.now()
        return try await BatchRecording.halving(results, where: \.concernsOneRecord) { batch in
            try await database.write { try await ResultRecorder(now: now, connection: $0).record(batch) }
        }
    }

    package func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] {
        guard !slots.isEmpty else { return [] }
        return try await database.write { try await ClosedSlots(connection: $0).close(slots) }
    }

    // MARK: Outbox

    package func outbox(limit: Int) async throws -> [OutboxEntry] {
        try await database.read { try await Outbox.unsent(limit: limit, $0) }
    }

    package func markSent(_ entries: [OutboxEntry]) async throws {
        guard !entries.isEmpty else { return }
        let now = time.now()
        try await database.write { try await Outbox.markSent(entries, at: now, $0) }
    }

    package func offerAgain(sentSince moment: Timestamp) async throws -> Int {
        try await database.write { try await Outbox.offerAgain(sentSince: moment, $0) }
    }

    // MARK: Incidents

    package func incidents(_ query: IncidentQuery) async throws -> [Incident] {
        try await database.read { try await IncidentFields.page(query, $0) }
    }

    package func incident(_ id: IncidentID) async throws -> Incident? {
        try await database.read { try await IncidentFields.find(id, $0) }
    }

    package func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident {
        let now = time.now()
        return try await database.write { connection in
            guard var incident = try await IncidentFields.find(id, connection, lock: true) else {
                throw StoreError(.notFound, "There is no incident \(id).")
            }
            guard incident.acknowledgedAt == nil else { return incident }
            incident.acknowledgedAt = now
            incident.acknowledgedBy = author.name
            try await connection.execute(
                "UPDATE incident SET acknowledged_at = $1, acknowledged_by = $2 WHERE id = $3",
                [.int(now.milliseconds), .text(author.name), .int(id.rawValue)]
            )
            try await Audit(connection: connection, now: now, author: author).record("incident.acknowledge", [id])
            return incident
        }
    }

    // MARK: History

    package func results(_ query: ResultQuery) async throws -> [StoredResult] {
        try await database.read { connection in
            try await connection.query(
                """
                SELECT \(ResultFields.columns) FROM result JOIN site ON site.id = result.site_id
                WHERE result.site_id = $1 AND result.slot >= $2 AND result.slot <= $3 AND result.slot < $4
                AND site.removed_at IS NULL
                ORDER BY result.slot DESC, result.region DESC LIMIT $5
                """,
                [
                    .int(query.site.rawValue), .int(query.from?.milliseconds ?? .min),
                    .int(query.to?.milliseconds ?? .max), .int(query.before?.milliseconds ?? .max),
                    .int(Int64(max(query.limit, 0))),
                ]
            ).map { try ResultFields($0).result() }
        }
    }

    package func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime {
        let now = time.now()
        return try await database.snapshot { connection in
            let life = try await SiteLife.read(site, connection)
            let start = max(from, life.createdAt)
            let end = max(min(to, now), start)
            let span = start..<end
            let calendar = try await MaintenanceTerms.calendar(span, connection)
            let maintenance = calendar.isEmpty ? [] : calendar.spans(of: site, tags: try life.tags())
            let rows = try await connection.query(
                """
                SELECT site_id, started_at, ended_at FROM incident
                WHERE site_id = $3 AND (ended_at IS NULL OR ended_at > $2) AND started_at < $1
                """,
                [.int(end.milliseconds), .int(start.milliseconds), .int(site.rawValue)]
            )
            return try Outages(rows).uptime(of: site, in: span, except: maintenance)
        }
    }

    package func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        try await database.snapshot { connection in
            let life = try await SiteLife.read(site, connection)
            return try await LatencyReader(connection: connection, site: site, life: life)
                .latency(from: max(from, life.createdAt), to: to, buckets: buckets)
        }
    }

    package func phases(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> PhaseTimes {
        try await database.snapshot { connection in
            let life = try await SiteLife.read(site, connection)
            var span = PhaseSpan(
                from: max(from, life.createdAt),
                to: to,
                progress: try await RollupProgress.read(connection),
                buckets: buckets
            )
            let rows = try await connection.query(
                """
                SELECT (slot - $2) * $4 / ($3 - $2) AS place, count(*) AS count,
                coalesce(sum(dns), 0)::bigint AS dns, coalesce(sum(connect), 0)::bigint AS connect,
                coalesce(sum(tls), 0)::bigint AS tls, coalesce(sum(first_byte), 0)::bigint AS first_byte,
                coalesce(sum(transfer), 0)::bigint AS transfer FROM result
                WHERE site_id = $1 AND slot >= $2 AND slot < $3 AND (verdict < 2 OR status_code IS NOT NULL)
                GROUP BY place
                """,
                [.int(site.rawValue), .int(span.start), .int(span.end), .int(span.count)]
            )
            for row in rows {
                span.set(
                    try row.int("place"),
                    count: try row.int("count"),
                    dns: try row.int("dns"),
                    connect: try row.int("connect"),
                    tls: try row.int("tls"),
                    firstByte: try row.int("first_byte"),
                    transfer: try row.int("transfer")
                )
            }
            return span.times
        }
    }

    package func maintain(_ retention: Retention) async throws -> Int {
        let now = time.now()
        // Whoever finds another process at it leaves it to that one.
        guard try await RollupMaintenance(database: database, now: now).rollUp() else { return 0 }
        return try await Purge(database: database, now: now, retention: retention).run()
    }
}
