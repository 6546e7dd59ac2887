internal import Monitoring
internal import StoredForms

/// Writes sites with all that hangs on them, within one transaction and in a few statements whatever their number.
///
/// Who changes a site locks its row first, then its state, and several in the order of their ids.
struct SiteWriter {
    let connection: PostgresConnection
    let now: Timestamp
    let secrets: SecretBox
    private let audit: Audit
    let defaultInterval: Duration

    init(_ connection: PostgresConnection, now: Timestamp, author: Author, secrets: SecretBox) async throws {
        self.connection = connection
        self.now = now
        self.secrets = secrets
        audit = Audit(connection: connection, now: now, author: author)
        defaultInterval = try await DefaultInterval.hold(connection)
    }

    // MARK: Finding

    /// A site, which nobody else changes before the end of the transaction.
    func lock(_ id: SiteID) async throws -> Site {
        let row = try await connection.query(
            "SELECT \(SiteFields.columns) FROM site WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE",
            [.int(id.rawValue)]
        ).first
        guard let row else { throw StoreError(.notFound, "There is no site \(id).") }
        return try SiteFields(row).site(secrets)
    }

    /// Those of the names that are taken, with their sites, which nobody else changes before the end of the transaction.
    func lock(named names: [String]) async throws -> [String: Site] {
        guard !names.isEmpty else { return [:] }
        let rows = try await connection.query(
            """
            SELECT \(SiteFields.columns) FROM site WHERE name = ANY($1) AND removed_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
            """,
            [.texts(names)]
        )
        let sites = try rows.map { try SiteFields($0).site(secrets) }
        return Dictionary(sites.map { ($0.settings.name, $0) }) { first, _ in first }
    }

    // MARK: Adding

    /// Adds those whose name is free, the first of each name, and answers them by name.
    func insertMissing(_ settings: [SiteSettings]) async throws -> [String: Site] {
        guard !settings.isEmpty else { return [:] }
        let columns = try SiteColumns(settings, defaultInterval: defaultInterval, secrets: secrets)
        let rows = try await connection.query(
            """
            INSERT INTO site (name, url, own_interval_ms, interval_ms, revision, settings, tags, headers, created_at,
            updated_at, paused_at)
            SELECT name, url, own_interval_ms, interval_ms, 1, settings, tags::jsonb, headers, $9, $9,
            CASE WHEN is_paused = 1 THEN $9 END
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY AS given (\(SiteColumns.names), place)
            ORDER BY place
            ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING
            RETURNING id, name
            """,
            columns.values + [.int(now.milliseconds)]
        )
        let byName = Dictionary(settings.map { ($0.name, $0) }) { first, _ in first }
        var added: [String: Site] = [:]
        for row in rows {
            let name = try row.text("name")
            guard let settings = byName[name] else { continue }
            added[name] = site(SiteID(rawValue: try row.int("id")), revision: 1, settings, createdAt: now)
        }
        let sites = added.values.sorted { $0.id < $1.id }
        try await connection.execute(
            "INSERT INTO site_state (site_id, status, since) SELECT id, 'pending', $2 FROM unnest($1) AS id",
            [.ints(sites.map(\.id.rawValue)), .int(now.milliseconds)]
        )
        try await ScheduleRows(of: sites).insert(connection)
        try await audit.record("site.add", sites.map(\.id))
        return added
    }

    // MARK: Changing

    /// Changes sites that are locked; the same settings again change nothing, the revision included.
    func update(_ changes: [(old: Site, settings: SiteSettings)]) async throws -> [Site] {
        let sites = changes.map { old, settings in
            settings == old.settings
                ? old : site(old.id, revision: old.revision + 1, settings, createdAt: old.createdAt)
        }
        let changed = zip(changes, sites).filter { $0.old.revision != $1.revision }.map { (old: $0.old, new: $1) }
        guard !changed.isEmpty else { return sites }
        let columns = try SiteColumns(changed.map(\.new.settings), defaultInterval: defaultInterval, secrets: secrets)
        try await connection.execute(
            """
            UPDATE site SET name = given.name, url = given.url, own_interval_ms = given.own_interval_ms,
            interval_ms = given.interval_ms, revision = revision + 1, settings = given.settings,
            tags = given.tags::jsonb, headers = given.headers, updated_at = $9,
            paused_at = CASE WHEN given.is_paused = 1 THEN coalesce(site.paused_at, $9) END
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $10) AS given (\(SiteColumns.names), id)
            WHERE site.id = given.id
            """,
            columns.values + [.int(now.milliseconds), .ints(changed.map(\.new.id.rawValue))]
        )
        let moved = changed.filter { ScheduleKeys(of: $0.old) != ScheduleKeys(of: $0.new) }
        try await ScheduleRows(of: moved.map(\.old)).delete(connection)
        try await ScheduleRows(of: moved.map(\.new)).insert(connection)
        try await audit.record("site.update", changed.map(\.new.id))
        return sites
    }

    /// Gives sites that are locked and have no interval of their own the one that is now the default.
    func applyDefaultInterval(to sites: [Site]) async throws {
        guard !sites.isEmpty else { return }
        let ids = sites.map(\.id.rawValue)
        try await connection.execute(
            "UPDATE site SET interval_ms = $2, revision = revision + 1 WHERE id = ANY($1)",
            [.ints(ids), .int(defaultInterval.milliseconds)]
        )
        try await ScheduleRows(of: sites).delete(connection)
        let moved = sites.map { site($0.id, revision: $0.revision + 1, $0.settings, createdAt: $0.createdAt) }
        try await ScheduleRows(of: moved).insert(connection)
    }

    /// Hides a site and closes its incident, of which nobody is told: someone took the site away on purpose.
    func remove(_ site: Site) async throws {
        let (id, now) = (PostgresValue.int(site.id.rawValue), PostgresValue.int(now.milliseconds))
        try await connection.execute("UPDATE site SET removed_at = $2 WHERE id = $1", [id, now])
        try await connection.execute("DELETE FROM site_state WHERE site_id = $1", [id])
        try await connection.execute(
            "UPDATE incident SET ended_at = greatest($2, started_at) WHERE site_id = $1 AND ended_at IS NULL",
            [id, now]
        )
        try await ScheduleRows(of: [site]).delete(connection)
        try await audit.record("site.remove", [site.id])
    }

    private func site(_ id: SiteID, revision: Int, _ settings: SiteSettings, createdAt: Timestamp) -> Site {
        Site(
            id: id,
            revision: revision,
            settings: settings,
            interval: settings.interval ?? defaultInterval,
            createdAt: createdAt,
            updatedAt: now
        )
    }
}
