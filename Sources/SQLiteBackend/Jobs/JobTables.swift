internal import GRDB

/// The tables of the job part.
enum JobTables {
    static func create(in db: Database) throws {
        // `seenAt` is when the holder last showed itself; 0 on a job that was given back, null on one that nobody has
        // had yet. So one index serves both what has run out and what was given back.
        try db.execute(
            sql: """
                CREATE TABLE job (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    region TEXT NOT NULL,
                    websiteID TEXT NOT NULL,
                    url TEXT NOT NULL,
                    slot INTEGER,
                    addedAt INTEGER NOT NULL,
                    revision INTEGER,
                    worker TEXT,
                    seenAt INTEGER,
                    crashes INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                CREATE INDEX jobWaiting ON job (region, id) WHERE worker IS NULL;
                CREATE INDEX jobSeen ON job (region, seenAt) WHERE seenAt IS NOT NULL;
                CREATE INDEX jobHeld ON job (region, worker) WHERE worker IS NOT NULL;

                CREATE TABLE jobStream (
                    region TEXT PRIMARY KEY,
                    epoch INTEGER NOT NULL DEFAULT 0,
                    leader TEXT,
                    leaderUntil INTEGER,
                    markFrom INTEGER,
                    markThrough INTEGER,
                    markInterval INTEGER,
                    markSlot INTEGER,
                    markSite INTEGER,
                    markCount INTEGER,
                    pushed INTEGER NOT NULL DEFAULT 0,
                    trimmed INTEGER NOT NULL DEFAULT 0,
                    ended INTEGER NOT NULL DEFAULT 0
                ) STRICT;

                CREATE TABLE jobEnd (
                    region TEXT NOT NULL,
                    end TEXT NOT NULL,
                    count INTEGER NOT NULL,
                    PRIMARY KEY (region, end)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }

    /// Whether a job runs with nothing beside it.
    static func addIsolation(in db: Database) throws {
        try db.execute(sql: "ALTER TABLE job ADD COLUMN isolated INTEGER NOT NULL DEFAULT 0")
    }
}
