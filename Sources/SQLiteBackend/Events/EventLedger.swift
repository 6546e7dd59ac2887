internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

/// One step on the event queue's tables, at one moment, inside one transaction.
struct EventLedger {
    /// How long the record of an event whose id we made outlives the event, so that a repeated request finds it.
    static let shortMemory: Duration = .seconds(60)
    /// How long an id that the sender chose stays taken after its event has ended.
    static let longMemory: Duration = .seconds(86_400)

    let db: Database
    let now: Timestamp
    let bounds: QueueBounds

    /// What is kept of an event.
    struct Record {
        let state: QueuedEvent.State
        let hash: String?
        let isOwnID: Bool
        let sentTo: ChannelID?
    }

    /// The record, unless it has expired.
    func record(_ id: EventID) throws -> Record? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT state, hash, isOwnID, sentTo FROM eventRecords
                    WHERE id = ? AND (expiresAt IS NULL OR expiresAt > ?)
                    """
            ),
            arguments: [id.rawValue, now.milliseconds]
        )
        return row.flatMap { row in
            QueuedEvent.State(rawValue: row["state"]).map {
                Record(
                    state: $0,
                    hash: row["hash"],
                    isOwnID: row["isOwnID"],
                    sentTo: (row["sentTo"] as Int64?).map(ChannelID.init(rawValue:))
                )
            }
        }
    }

    /// Writes a new record in the place of one that has expired.
    func insert(
        _ id: EventID,
        state: QueuedEvent.State,
        hash: String?,
        isOwnID: Bool,
        body: [UInt8]? = nil,
        sentTo: ChannelID? = nil
    ) throws {
        try run("DELETE FROM eventRecords WHERE id = ?", [id.rawValue])
        try run(
            """
            INSERT INTO eventRecords (id, state, hash, isOwnID, body, sentTo, expiresAt) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id.rawValue, state.rawValue, hash, isOwnID, body.map { Data($0) }, sentTo?.rawValue,
                expiry(of: state, isOwnID: isOwnID)?.milliseconds,
            ]
        )
    }

    /// Moves an event without open deliveries to another state.
    func update(
        _ id: EventID,
        to state: QueuedEvent.State,
        hash: String?,
        isOwnID: Bool,
        sentTo: ChannelID? = nil
    ) throws {
        try run(
            """
            UPDATE eventRecords SET state = ?, hash = coalesce(hash, ?), sentTo = ?, expiresAt = ?
            WHERE id = ?
            """,
            [
                state.rawValue, hash, sentTo?.rawValue, expiry(of: state, isOwnID: isOwnID)?.milliseconds, id.rawValue,
            ]
        )
    }

    private func expiry(of state: QueuedEvent.State, isOwnID: Bool) -> Timestamp? {
        switch state {
        case .queued, .routed: nil
        case .unrouted, .ended: now + (isOwnID ? Self.longMemory : Self.shortMemory)
        }
    }

    /// Runs a statement that is prepared once per connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// One of the numbers that triggers keep.
    func counter(_ name: String) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT \(name) FROM eventState")) ?? 0
    }

    /// Reserves `count` numbers that are given once, ever; the first of them.
    func numbers(_ count: Int, of counter: String) throws -> Int64 {
        try run("UPDATE eventState SET \(counter) = \(counter) + ?", [count])
        let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT \(counter) FROM eventState")) ?? 0
        return last - Int64(count) + 1
    }
}
