internal import GRDB

/// The tables of what people say of incidents.
enum IncidentTables {
    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE manualIncident (
                    -- Of the same series as incident.id.
                    id INTEGER PRIMARY KEY,
                    title TEXT NOT NULL,
                    -- Ids as JSON.
                    sites TEXT NOT NULL,
                    startedAt INTEGER NOT NULL,
                    endedAt INTEGER,
                    openedBy TEXT NOT NULL
                );
                CREATE INDEX manualIncidentByEnd ON manualIncident(endedAt);

                CREATE TABLE incidentUpdate (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    -- Of incident or of manualIncident.
                    incidentID INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    status TEXT NOT NULL,
                    message TEXT NOT NULL,
                    author TEXT NOT NULL
                );
                CREATE INDEX incidentUpdateByIncident ON incidentUpdate(incidentID, id);
                """
        )
    }
}
