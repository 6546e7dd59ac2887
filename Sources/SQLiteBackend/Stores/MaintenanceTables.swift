internal import GRDB

/// The tables of maintenance windows, and what the states of sites keep because of them.
enum MaintenanceTables {
    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE maintenance (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    revision INTEGER NOT NULL,
                    title TEXT NOT NULL,
                    description TEXT,
                    scope TEXT NOT NULL,
                    startAt INTEGER NOT NULL,
                    durationMs INTEGER NOT NULL CHECK (durationMs > 0),
                    zone TEXT NOT NULL,
                    -- As RFC 5545 writes it; NULL for once.
                    rule TEXT,
                    countsFrom INTEGER NOT NULL,
                    createdAt INTEGER NOT NULL,
                    updatedAt INTEGER NOT NULL,
                    removedAt INTEGER
                );
                CREATE INDEX maintenanceRemoved ON maintenance(removedAt) WHERE removedAt IS NOT NULL;

                -- A window as it was, or is, from a change of it to the next. Terms outlive their window, so that the
                -- uptime of the past stays what it was.
                CREATE TABLE maintenanceTerm (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    windowID INTEGER NOT NULL,
                    fromAt INTEGER NOT NULL,
                    untilAt INTEGER NOT NULL,
                    scope TEXT NOT NULL,
                    startAt INTEGER NOT NULL,
                    durationMs INTEGER NOT NULL CHECK (durationMs > 0),
                    zone TEXT NOT NULL,
                    rule TEXT
                );
                CREATE INDEX maintenanceTermByEnd ON maintenanceTerm(untilAt);
                CREATE INDEX maintenanceTermByWindow ON maintenanceTerm(windowID, untilAt);

                -- The status and its time while the site is shown in maintenance; NULL otherwise.
                ALTER TABLE siteState ADD COLUMN standing TEXT;
                ALTER TABLE siteState ADD COLUMN standingSince INTEGER;
                -- What was last told of the site, where its status has changed in a maintenance since.
                ALTER TABLE siteState ADD COLUMN known TEXT;
                """
        )
    }
}
