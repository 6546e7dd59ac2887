internal import GRDB

/// The tables of the store part.
///
/// Times are Unix milliseconds, durations of phases microseconds.
enum StoreTables {
    /// The application's mark in the file's header: `TOCS`.
    static let applicationID: Int32 = 0x544F_4353

    static func create(in db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: sites + results + incidents + notifications)
    }

    private static let sites = """
        CREATE TABLE setting (
            name TEXT NOT NULL PRIMARY KEY,
            value BLOB NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE site (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            url TEXT NOT NULL,
            -- NULL takes the server's default, which intervalMs then holds.
            ownIntervalMs INTEGER,
            intervalMs INTEGER NOT NULL CHECK (intervalMs > 0),
            revision INTEGER NOT NULL,
            -- What differs from the defaults, as JSON; NULL where nothing does.
            settings TEXT,
            -- The headers, sealed; NULL where there are none.
            headers BLOB,
            createdAt INTEGER NOT NULL,
            updatedAt INTEGER NOT NULL,
            pausedAt INTEGER,
            removedAt INTEGER
        );
        CREATE UNIQUE INDEX siteByName ON site(name) WHERE removedAt IS NULL;
        CREATE INDEX sitePaused ON site(id) WHERE pausedAt IS NOT NULL AND removedAt IS NULL;
        CREATE INDEX siteRemoved ON site(id) WHERE removedAt IS NOT NULL;
        CREATE INDEX siteByDefaultInterval ON site(intervalMs, id) WHERE ownIntervalMs IS NULL AND removedAt IS NULL;

        CREATE TABLE siteState (
            siteID INTEGER PRIMARY KEY,
            status TEXT NOT NULL,
            since INTEGER NOT NULL,
            regions TEXT,
            incidentID INTEGER,
            announcedCertificateEnd INTEGER
        );
        CREATE INDEX siteStateByStatus ON siteState(status, siteID);

        -- One row for each region that a site is watched from, while it is not paused.
        CREATE TABLE schedule (
            region TEXT NOT NULL,
            intervalMs INTEGER NOT NULL,
            phaseMs INTEGER NOT NULL,
            siteID INTEGER NOT NULL,
            PRIMARY KEY (region, intervalMs, phaseMs, siteID)
        ) WITHOUT ROWID;
        CREATE INDEX scheduleBySite ON schedule(region, intervalMs, siteID);

        CREATE TABLE gap (
            region TEXT NOT NULL,
            schedule TEXT NOT NULL,
            intervalMs INTEGER NOT NULL,
            afterSlot INTEGER NOT NULL,
            afterSite INTEGER NOT NULL,
            through INTEGER NOT NULL,
            slots INTEGER NOT NULL,
            PRIMARY KEY (region, schedule, intervalMs, afterSlot, afterSite)
        ) WITHOUT ROWID;
        CREATE INDEX gapByEnd ON gap(through);
        -- The sum over all gaps ever, which outlives their rows.
        CREATE TABLE missed (
            region TEXT NOT NULL PRIMARY KEY,
            slots INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            author TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL
        );
        CREATE INDEX auditByTime ON audit(at);

        """

    private static let results = """
        CREATE TABLE result (
            siteID INTEGER NOT NULL,
            slot INTEGER NOT NULL,
            region TEXT NOT NULL,
            -- 0 up, 1 degraded, 2 down.
            verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 2),
            attempts INTEGER NOT NULL CHECK (attempts > 0),
            statusCode INTEGER,
            dns INTEGER,
            connect INTEGER,
            tls INTEGER,
            firstByte INTEGER,
            transfer INTEGER,
            total INTEGER,
            certificateEndsAt INTEGER,
            address TEXT,
            failure TEXT,
            PRIMARY KEY (siteID, slot, region)
        ) WITHOUT ROWID;

        -- Each row holds the entries of a longer span, since most entries are far smaller than a row's own cost:
        -- the minutes of an hour, the hours of a day, one day.
        CREATE TABLE rollupMinute (
            siteID INTEGER NOT NULL,
            start INTEGER NOT NULL,
            entries BLOB NOT NULL,
            PRIMARY KEY (siteID, start)
        ) WITHOUT ROWID;
        CREATE TABLE rollupHour (
            siteID INTEGER NOT NULL,
            start INTEGER NOT NULL,
            entries BLOB NOT NULL,
            PRIMARY KEY (siteID, start)
        ) WITHOUT ROWID;
        CREATE TABLE rollupDay (
            siteID INTEGER NOT NULL,
            start INTEGER NOT NULL,
            entries BLOB NOT NULL,
            PRIMARY KEY (siteID, start)
        ) WITHOUT ROWID;
        -- Hours that had a result after they may have been rolled up.
        CREATE TABLE rollupDirty (
            siteID INTEGER NOT NULL,
            start INTEGER NOT NULL,
            PRIMARY KEY (siteID, start)
        ) WITHOUT ROWID;
        -- Of each level: what has been rolled up (before through) and what has been deleted (before oldest).
        CREATE TABLE rollupProgress (
            level TEXT NOT NULL PRIMARY KEY,
            through INTEGER,
            oldest INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;

        """

    private static let incidents = """
        CREATE TABLE incident (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            siteID INTEGER NOT NULL,
            siteName TEXT NOT NULL,
            startedAt INTEGER NOT NULL,
            endedAt INTEGER,
            failure TEXT,
            statusCode INTEGER,
            regions TEXT NOT NULL,
            acknowledgedAt INTEGER,
            acknowledgedBy TEXT
        );
        CREATE UNIQUE INDEX incidentOpen ON incident(siteID) WHERE endedAt IS NULL;
        CREATE INDEX incidentBySite ON incident(siteID, id);
        CREATE INDEX incidentByEnd ON incident(siteID, endedAt);
        CREATE INDEX incidentEnded ON incident(endedAt) WHERE endedAt IS NOT NULL;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            eventID TEXT NOT NULL UNIQUE,
            transition TEXT NOT NULL,
            sentAt INTEGER
        );
        CREATE INDEX outboxUnsent ON outbox(id) WHERE sentAt IS NULL;
        CREATE INDEX outboxSent ON outbox(sentAt) WHERE sentAt IS NOT NULL;

        """

    private static let notifications = """
        CREATE TABLE channel (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            revision INTEGER NOT NULL,
            name TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL,
            -- Sealed.
            settings BLOB,
            events TEXT NOT NULL,
            tags TEXT NOT NULL,
            paused INTEGER NOT NULL,
            disabledReason TEXT,
            createdAt INTEGER NOT NULL,
            updatedAt INTEGER NOT NULL
        );

        CREATE TABLE deliveryAttempt (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            eventID TEXT NOT NULL,
            eventType TEXT NOT NULL,
            channelID INTEGER,
            attempt INTEGER NOT NULL,
            at INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            result TEXT NOT NULL,
            statusCode INTEGER,
            response TEXT,
            error TEXT,
            next INTEGER
        );
        CREATE INDEX deliveryAttemptByEvent ON deliveryAttempt(eventID, id);
        CREATE INDEX deliveryAttemptByChannel ON deliveryAttempt(channelID, id);
        CREATE INDEX deliveryAttemptByTime ON deliveryAttempt(at);

        CREATE TABLE token (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            hash TEXT NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            lastUsedAt INTEGER
        );

        """
}
