/// The tables of what people say of incidents.
enum IncidentTables {
    static let all: [SQL] = [
        """
        CREATE TABLE manual_incident (
            -- Of the same series as incident.id.
            id bigint PRIMARY KEY,
            title text NOT NULL,
            -- Ids as JSON.
            sites text NOT NULL,
            started_at bigint NOT NULL,
            ended_at bigint,
            opened_by text NOT NULL
        )
        """,
        "CREATE INDEX manual_incident_by_end ON manual_incident (ended_at)",
        """
        CREATE TABLE incident_update (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            -- Of incident or of manual_incident.
            incident_id bigint NOT NULL,
            at bigint NOT NULL,
            status text NOT NULL,
            message text NOT NULL,
            author text NOT NULL
        )
        """,
        "CREATE INDEX incident_update_by_incident ON incident_update (incident_id, id)",
    ]
}
