internal import Monitoring
internal import Notifications
internal import StoredForms

/// The transitions that are committed with what they follow from, and wait to become events.
///
/// Numbers are given before the commit, so a row may appear behind one with a greater number. A relay has no place in the
/// order that could pass it: it reads whatever is not sent. And the rows of one site appear in order, since whoever
/// records a site's results keeps it locked until the commit.
enum Outbox {
    static func add(_ transitions: [Transition], _ connection: PostgresConnection) async throws {
        guard !transitions.isEmpty else { return }
        try await connection.execute(
            """
            INSERT INTO outbox (event_id, transition)
            SELECT event_id, transition FROM unnest($1, $2) WITH ORDINALITY AS new (event_id, transition, place)
            ORDER BY place
            """,
            [
                .texts(transitions.map { EventID.made(at: $0.at).rawValue }),
                .texts(try transitions.map { try StoredJSON.text($0) }),
            ]
        )
    }

    static func unsent(limit: Int, _ connection: PostgresConnection) async throws -> [OutboxEntry] {
        try await connection.query(
            "SELECT id, event_id, transition FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1",
            [.int(Int64(max(limit, 0)))]
        ).map { row in
            OutboxEntry(
                id: try row.int("id"),
                eventID: try row.text("event_id"),
                transition: try StoredJSON.value(from: try row.text("transition"))
            )
        }
    }

    static func markSent(
        _ entries: [OutboxEntry],
        at now: Timestamp,
        _ connection: PostgresConnection
    ) async throws {
        try await connection.execute(
            "UPDATE outbox SET sent_at = $1 WHERE id = ANY ($2) AND sent_at IS NULL",
            [.int(now.milliseconds), .ints(entries.map(\.id))]
        )
    }

    static func offerAgain(sentSince moment: Timestamp, _ connection: PostgresConnection) async throws -> Int {
        try await connection.execute(
            "UPDATE outbox SET sent_at = NULL WHERE sent_at >= $1",
            [.int(moment.milliseconds)]
        )
    }
}
