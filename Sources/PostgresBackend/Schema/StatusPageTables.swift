/// The table of what the status page shows: one row, there from the beginning, so that whoever changes it can lock it.
enum StatusPageTables {
    static let all: [SQL] = [
        """
        CREATE TABLE status_page (
            id bigint PRIMARY KEY CHECK (id = 1),
            -- Random, part of the ids in feeds.
            key text NOT NULL,
            revision bigint NOT NULL,
            -- As JSON; NULL until somebody has chosen.
            settings text,
            updated_at bigint
        )
        """,
        "INSERT INTO status_page (id, key, revision) VALUES (1, replace(gen_random_uuid()::text, '-', ''), 0)",
    ]
}
