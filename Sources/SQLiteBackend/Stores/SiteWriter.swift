internal import GRDB
internal import Monitoring
internal import StoredForms

/// Writes sites with all that hangs on them, within one transaction.
struct SiteWriter {
    let db: Database
    let now: Timestamp
    let secrets: SecretBox
    let audit: Audit
    private let defaultInterval: Duration

    init(_ db: Database, now: Timestamp, author: Author, secrets: SecretBox) throws {
        self.db = db
        self.now = now
        self.secrets = secrets
        audit = Audit(db: db, now: now, author: author)
        defaultInterval = try DefaultInterval.read(db)
    }

    // MARK: Finding

    func site(_ id: SiteID) throws -> Site {
        let sql = "SELECT \(SiteFields.columns) FROM site WHERE id = ? AND removedAt IS NULL"
        let record = try SiteFields.fetchOne(try db.cachedStatement(sql: sql), arguments: [id.rawValue])
        guard let record else { throw StoreError(.notFound, "There is no site \(id).") }
        return try record.site(secrets)
    }

    func site(named name: String) throws -> Site? {
        let sql = "SELECT \(SiteFields.columns) FROM site WHERE name = ? AND removedAt IS NULL"
        return try SiteFields.fetchOne(try db.cachedStatement(sql: sql), arguments: [name])?.site(secrets)
    }

    // MARK: Changing

    func insert(_ settings: SiteSettings) throws -> Site {
        let interval = settings.interval ?? defaultInterval
        let sql = """
            INSERT INTO site
            (name, url, ownIntervalMs, intervalMs, revision, settings, headers, createdAt, updatedAt, pausedAt)
            VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
            """
        try refusingTakenName(settings.name) {
            try db.cachedStatement(sql: sql).execute(
                arguments: [
                    settings.name, settings.url, settings.interval?.milliseconds, interval.milliseconds,
                    try StoredSettings(settings).text(), try secrets.seal(settings.headers, for: .siteHeaders),
                    now.milliseconds, now.milliseconds, settings.paused ? now.milliseconds : nil,
                ]
            )
        }
        let site = Site(
            id: SiteID(rawValue: db.lastInsertedRowID),
            revision: 1,
            settings: settings,
            interval: interval,
            createdAt: now,
            updatedAt: now
        )
        try db.cachedStatement(sql: "INSERT INTO siteState (siteID, status, since) VALUES (?, 'pending', ?)")
            .execute(arguments: [site.id.rawValue, now.milliseconds])
        try ScheduleRows.insert(site, db)
        try audit.record("site.add", site.id.description)
        return site
    }

    /// Changes a site; the same settings again change nothing, its revision included.
    func update(_ old: Site, to settings: SiteSettings) throws -> Site {
        guard settings != old.settings else { return old }
        let new = Site(
            id: old.id,
            revision: old.revision + 1,
            settings: settings,
            interval: settings.interval ?? defaultInterval,
            createdAt: old.createdAt,
            updatedAt: now
        )
        let sql = """
            UPDATE site SET name = ?, url = ?, ownIntervalMs = ?, intervalMs = ?, revision = ?, settings = ?, headers = ?,
            updatedAt = ?, pausedAt = CASE WHEN ? THEN coalesce(pausedAt, ?) END
            WHERE id = ?
            """
        try refusingTakenName(settings.name) {
            try db.cachedStatement(sql: sql).execute(
                arguments: [
                    settings.name, settings.url, settings.interval?.milliseconds, new.interval.milliseconds,
                    new.revision, try StoredSettings(settings).text(),
                    try secrets.seal(settings.headers, for: .siteHeaders), now.milliseconds, settings.paused,
                    now.milliseconds, new.id.rawValue,
                ]
            )
        }
        if ScheduleKeys(of: old) != ScheduleKeys(of: new) {
            try ScheduleRows.delete(old, db)
            try ScheduleRows.insert(new, db)
        }
        try audit.record("site.update", new.id.description)
        return new
    }

    /// Hides a site and closes its incident, of which nobody is told: someone took the site away on purpose.
    func remove(_ site: Site) throws {
        let id = site.id.rawValue
        try db.cachedStatement(sql: "UPDATE site SET removedAt = ? WHERE id = ?")
            .execute(arguments: [now.milliseconds, id])
        try db.cachedStatement(sql: "DELETE FROM siteState WHERE siteID = ?").execute(arguments: [id])
        try db.cachedStatement(
            sql: "UPDATE incident SET endedAt = max(?, startedAt) WHERE siteID = ? AND endedAt IS NULL"
        ).execute(arguments: [now.milliseconds, id])
        try ScheduleRows.delete(site, db)
        try audit.record("site.remove", site.id.description)
    }

    /// Gives a site without an interval of its own another one.
    func setDefaultInterval(_ interval: Duration, of site: Site) throws {
        let new = Site(
            id: site.id,
            revision: site.revision + 1,
            settings: site.settings,
            interval: interval,
            createdAt: site.createdAt,
            updatedAt: site.updatedAt
        )
        try db.cachedStatement(sql: "UPDATE site SET intervalMs = ?, revision = ? WHERE id = ?")
            .execute(arguments: [interval.milliseconds, new.revision, new.id.rawValue])
        try ScheduleRows.delete(site, db)
        try ScheduleRows.insert(new, db)
    }

    private func refusingTakenName(_ name: String, _ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError(
                .conflict,
                "There is a site named \"\(name)\" already; give this one another name.",
                cause: error
            )
        }
    }
}
