/// The tables of maintenance windows, and what the states of sites keep because of them.
enum MaintenanceTables {
    static let all: [SQL] = [
        """
        CREATE TABLE maintenance (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            revision bigint NOT NULL,
            title text NOT NULL,
            description text,
            scope text NOT NULL,
            start_at bigint NOT NULL,
            duration_ms bigint NOT NULL CHECK (duration_ms > 0),
            zone text NOT NULL,
            -- As RFC 5545 writes it; NULL for once.
            rule text,
            counts_from bigint NOT NULL,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL,
            removed_at bigint
        )
        """,
        "CREATE INDEX maintenance_removed ON maintenance (removed_at) WHERE removed_at IS NOT NULL",
        """
        -- A window as it was, or is, from a change of it to the next. Terms outlive their window, so that the uptime of the
        -- past stays what it was.
        CREATE TABLE maintenance_term (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            window_id bigint NOT NULL,
            from_at bigint NOT NULL,
            until_at bigint NOT NULL,
            scope text NOT NULL,
            start_at bigint NOT NULL,
            duration_ms bigint NOT NULL CHECK (duration_ms > 0),
            zone text NOT NULL,
            rule text
        )
        """,
        "CREATE INDEX maintenance_term_by_end ON maintenance_term (until_at)",
        "CREATE INDEX maintenance_term_by_window ON maintenance_term (window_id, until_at)",
        // The status and its time while the site is shown in maintenance, NULL otherwise; and what was last told of the
        // site, where its status has changed in a maintenance since.
        """
        ALTER TABLE site_state ADD COLUMN standing text, ADD COLUMN standing_since bigint, ADD COLUMN known text
        """,
    ]
}
