/// The tables, which are those of the embedded engine in PostgreSQL's types.
///
/// Times are Unix milliseconds, durations of phases microseconds. Every integer is a `bigint`, which is what
/// ``PostgresValue/int(_:)`` is.
enum StoreTables {
    static let all = sites + schedule + results + incidents + notifications

    private static let sites: [SQL] = [
        """
        CREATE TABLE setting (
            name text PRIMARY KEY,
            value bytea NOT NULL
        )
        """,
        // There from the beginning, so that whoever adds a site can lock it.
        "INSERT INTO setting (name, value) VALUES ('defaultIntervalMs', '60000')",
        """
        CREATE TABLE site (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            url text NOT NULL,
            -- NULL takes the server's default, which interval_ms then holds.
            own_interval_ms bigint,
            interval_ms bigint NOT NULL CHECK (interval_ms > 0),
            revision bigint NOT NULL,
            -- What differs from the defaults, as JSON; NULL where nothing does.
            settings text,
            -- The tags of the settings once more, for queries; NULL where there are none.
            tags jsonb,
            -- The headers, sealed; NULL where there are none.
            headers bytea,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL,
            paused_at bigint,
            removed_at bigint
        )
        """,
        "CREATE UNIQUE INDEX site_by_name ON site (name) WHERE removed_at IS NULL",
        "CREATE INDEX site_paused ON site (id) WHERE paused_at IS NOT NULL AND removed_at IS NULL",
        "CREATE INDEX site_removed ON site (id) WHERE removed_at IS NOT NULL",
        """
        CREATE INDEX site_by_default_interval ON site (interval_ms, id)
        WHERE own_interval_ms IS NULL AND removed_at IS NULL
        """,
        """
        CREATE TABLE site_state (
            site_id bigint PRIMARY KEY,
            status text NOT NULL,
            since bigint NOT NULL,
            regions text,
            incident_id bigint,
            announced_certificate_end bigint
        )
        """,
        "CREATE INDEX site_state_by_status ON site_state (status, site_id)",
        """
        CREATE TABLE audit (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at bigint NOT NULL,
            author text NOT NULL,
            action text NOT NULL,
            subject text NOT NULL
        )
        """,
        "CREATE INDEX audit_by_time ON audit (at)",
    ]

    private static let schedule: [SQL] = [
        """
        -- One row for each region that a site is watched from, while it is not paused.
        CREATE TABLE schedule (
            region text NOT NULL,
            interval_ms bigint NOT NULL,
            phase_ms bigint NOT NULL,
            site_id bigint NOT NULL,
            PRIMARY KEY (region, interval_ms, phase_ms, site_id)
        )
        """,
        "CREATE INDEX schedule_by_site ON schedule (region, interval_ms, site_id)",
        """
        CREATE TABLE gap (
            region text NOT NULL,
            schedule text NOT NULL,
            interval_ms bigint NOT NULL,
            after_slot bigint NOT NULL,
            after_site bigint NOT NULL,
            through bigint NOT NULL,
            slots bigint NOT NULL,
            PRIMARY KEY (region, schedule, interval_ms, after_slot, after_site)
        )
        """,
        "CREATE INDEX gap_by_end ON gap (through)",
        """
        -- The sum over all gaps ever, which outlives their rows.
        CREATE TABLE missed (
            region text PRIMARY KEY,
            slots bigint NOT NULL
        )
        """,
        """
        -- Slots that ended without a result. A slot is here or in result or in gap, never in two of them.
        CREATE TABLE closed_slot (
            site_id bigint NOT NULL,
            slot bigint NOT NULL,
            region text NOT NULL,
            ending text NOT NULL,
            PRIMARY KEY (site_id, slot, region)
        )
        """,
        "CREATE INDEX closed_slot_by_time ON closed_slot (slot)",
        """
        -- What a pusher goes on from where the broker has lost its mark.
        CREATE TABLE push_progress (
            region text PRIMARY KEY,
            -- Who writes in an earlier term is refused.
            term bigint NOT NULL,
            -- NULL until something may be pushed.
            settled bigint,
            horizon bigint,
            quiet_from bigint,
            quiet_until bigint
        )
        """,
    ]

    private static let results: [SQL] = [
        """
        CREATE TABLE result (
            site_id bigint NOT NULL,
            slot bigint NOT NULL,
            region text NOT NULL,
            -- 0 up, 1 degraded, 2 down.
            verdict bigint NOT NULL CHECK (verdict BETWEEN 0 AND 2),
            attempts bigint NOT NULL CHECK (attempts > 0),
            status_code bigint,
            dns bigint,
            connect bigint,
            tls bigint,
            first_byte bigint,
            transfer bigint,
            total bigint,
            certificate_ends_at bigint,
            address text,
            failure text,
            PRIMARY KEY (site_id, slot, region)
        )
        """,
        // Each row holds the entries of a longer span, since most entries are far smaller than a row's own cost:
        // the minutes of an hour, the hours of a day, one day.
        "CREATE TABLE rollup_minute (\(rollup))",
        "CREATE TABLE rollup_hour (\(rollup))",
        "CREATE TABLE rollup_day (\(rollup))",
        """
        -- Hours that had a result after they may have been rolled up.
        CREATE TABLE rollup_dirty (
            site_id bigint NOT NULL,
            start bigint NOT NULL,
            PRIMARY KEY (site_id, start)
        )
        """,
        """
        -- Of each level: what has been rolled up (before through) and what has been deleted (before oldest).
        CREATE TABLE rollup_progress (
            level text PRIMARY KEY,
            through bigint,
            oldest bigint NOT NULL DEFAULT 0
        )
        """,
    ]

    private static let rollup: SQL = """
        site_id bigint NOT NULL,
        start bigint NOT NULL,
        entries bytea NOT NULL,
        PRIMARY KEY (site_id, start)
        """

    private static let incidents: [SQL] = [
        """
        CREATE TABLE incident (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            site_id bigint NOT NULL,
            site_name text NOT NULL,
            started_at bigint NOT NULL,
            ended_at bigint,
            failure text,
            status_code bigint,
            regions text NOT NULL,
            acknowledged_at bigint,
            acknowledged_by text
        )
        """,
        "CREATE UNIQUE INDEX incident_open ON incident (site_id) WHERE ended_at IS NULL",
        "CREATE INDEX incident_by_site ON incident (site_id, id)",
        "CREATE INDEX incident_by_end ON incident (site_id, ended_at)",
        "CREATE INDEX incident_ended ON incident (ended_at) WHERE ended_at IS NOT NULL",
        """
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id text NOT NULL UNIQUE,
            transition text NOT NULL,
            sent_at bigint
        )
        """,
        "CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL",
        "CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL",
    ]

    private static let notifications: [SQL] = [
        """
        CREATE TABLE channel (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            revision bigint NOT NULL,
            name text NOT NULL,
            type text NOT NULL,
            -- Sealed.
            settings bytea,
            events text NOT NULL,
            tags text NOT NULL,
            paused boolean NOT NULL,
            disabled_reason text,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX channel_by_name ON channel (name)",
        """
        CREATE TABLE delivery_attempt (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id text NOT NULL,
            event_type text NOT NULL,
            channel_id bigint,
            attempt bigint NOT NULL,
            at bigint NOT NULL,
            duration bigint NOT NULL,
            result text NOT NULL,
            status_code bigint,
            response text,
            error text,
            next bigint
        )
        """,
        "CREATE INDEX delivery_attempt_by_event ON delivery_attempt (event_id, id)",
        "CREATE INDEX delivery_attempt_by_channel ON delivery_attempt (channel_id, id)",
        "CREATE INDEX delivery_attempt_by_time ON delivery_attempt (at)",
        """
        CREATE TABLE token (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            hash text NOT NULL,
            scopes text NOT NULL,
            created_at bigint NOT NULL,
            last_used_at bigint
        )
        """,
        "CREATE UNIQUE INDEX token_by_name ON token (name)",
        "CREATE UNIQUE INDEX token_by_hash ON token (hash)",
    ]
}
