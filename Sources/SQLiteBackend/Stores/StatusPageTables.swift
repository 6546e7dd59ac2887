internal import GRDB

/// The table of what the status page shows: one row, there from the beginning.
enum StatusPageTables {
    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE statusPage (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    -- Random, part of the ids in feeds.
                    key TEXT NOT NULL,
                    revision INTEGER NOT NULL,
                    -- As JSON; NULL until somebody has chosen.
                    settings TEXT,
                    updatedAt INTEGER
                );
                INSERT INTO statusPage (id, key, revision) VALUES (1, lower(hex(randomblob(16))), 0);
                """
        )
    }
}
