internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// An open delivery that was put back.
    private struct Reopened {
        let channel: ChannelID
        let order: String
        let sequence: Int64
        let due: Timestamp
    }

    /// Puts dead letters back to where they died; what became of each.
    func replay(_ request: ReplayRequest) throws -> [ReplayOutcome] {
        var outcomes: [ReplayOutcome] = []
        var alerts: [(Reopened, EnqueueRequest.Element, deadline: Duration)] = []
        for item in request.items {
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT * FROM eventDead WHERE id = ?"),
                arguments: [item.letter]
            )
            guard let letter = row else {
                outcomes.append(.gone)
                continue
            }
            let (outcome, reopened) = try putBack(letter, item, spacing: request.spacing)
            outcomes.append(outcome)
            guard outcome == .replayed else { continue }
            try run("DELETE FROM eventDead WHERE id = ?", [item.letter])
            if let reopened, let sequel = item.sequel { alerts.append((reopened, sequel, item.deadline)) }
        }
        // When all are back: what follows may have been among them.
        for (alert, sequel, deadline) in alerts { try follow(alert, with: sequel, deadline: deadline) }
        return outcomes
    }

    private func putBack(
        _ letter: Row,
        _ item: ReplayRequest.Item,
        spacing: Duration
    ) throws -> (ReplayOutcome, Reopened?) {
        let event = (letter["event"] as String?).flatMap(EventID.init(rawValue:))
        guard let channel = (letter["channel"] as Int64?).map(ChannelID.init(rawValue:)) else {
            guard try counter("waiting") < bounds.maxLength else { return (.full, nil) }
            if let event { try requeue(event, from: letter) }
            try append([UInt8](letter["body"] as Data))
            return (.replayed, nil)
        }
        guard let event, try canReopen(event, channel: channel, from: letter) else { return (.gone, nil) }
        guard try backlog(of: channel) < bounds.maxBacklog else { return (.full, nil) }
        let due = try nextTurn(of: channel, spacing: spacing)
        try reopen(event, channel: channel, from: letter, due: due, deadline: item.deadline)
        let sequence: Int64 = letter["sequence"]
        let reopened = (letter["orderKey"] as String?).map {
            Reopened(channel: channel, order: $0, sequence: sequence, due: due)
        }
        return (.replayed, reopened)
    }

    /// Lets the event be routed once more, where it is its own record that has ended.
    private func requeue(_ event: EventID, from letter: Row) throws {
        let hash: String? = letter["hash"]
        let isOwnID: Bool = letter["isOwnID"]
        guard let record = try record(event) else {
            try insert(event, state: .queued, hash: hash, isOwnID: isOwnID)
            return
        }
        guard record.state == .ended, record.hash == hash else { return }
        try update(event, to: .queued, hash: hash, isOwnID: record.isOwnID)
    }

    private func canReopen(_ event: EventID, channel: ChannelID, from letter: Row) throws -> Bool {
        guard let record = try record(event) else { return true }
        // The id may have come to stand for another event since.
        guard record.hash == letter["hash"] else { return false }
        let state = try String.fetchOne(
            db.cachedStatement(sql: "SELECT state FROM eventDeliveries WHERE event = ? AND channel = ?"),
            arguments: [event.rawValue, channel.rawValue]
        )
        return state != "pending" && state != "held"
    }

    /// When the next delivery may be put back to the channel, so that a replay of many is no flood.
    private func nextTurn(of channel: ChannelID, spacing: Duration) throws -> Timestamp {
        let next = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT nextAt FROM eventReplays WHERE channel = ?"),
            arguments: [channel.rawValue]
        )
        let due = max(now, Timestamp(milliseconds: next ?? 0))
        try run(
            "INSERT OR REPLACE INTO eventReplays (channel, nextAt) VALUES (?, ?)",
            [channel.rawValue, (due + spacing).milliseconds]
        )
        return due
    }

    private func reopen(
        _ event: EventID,
        channel: ChannelID,
        from letter: Row,
        due: Timestamp,
        deadline: Duration
    ) throws {
        if try record(event) == nil {
            try insert(event, state: .routed, hash: letter["hash"], isOwnID: letter["isOwnID"])
        }
        let order: String? = letter["orderKey"]
        // By its old number it takes its old place in its order.
        try run(
            """
            INSERT INTO eventDeliveries
                (sequence, event, channel, state, attempts, crashes, routedAt, deadline, due, orderKey, isHead)
            VALUES (?, ?, ?, 'pending', 0, 0, ?, ?, ?, ?, ?)
            ON CONFLICT (event, channel) DO UPDATE
            SET state = 'pending', attempts = 0, crashes = 0, deadline = excluded.deadline, due = excluded.due,
                isHead = excluded.isHead
            """,
            [
                letter["sequence"] as Int64?, event.rawValue, channel.rawValue, letter["routedAt"] as Int64?,
                (due + deadline).milliseconds, due.milliseconds, order, order == nil,
            ]
        )
        try run(
            """
            UPDATE eventRecords SET state = 'routed', openCount = openCount + 1, body = ?, expiresAt = NULL WHERE id = ?
            """,
            [letter["body"] as Data, event.rawValue]
        )
        if let order { try promote(channel: channel, order: order) }
    }

    /// Puts a new event behind a delivery in its order, unless something waits there already.
    private func follow(_ alert: Reopened, with sequel: EnqueueRequest.Element, deadline: Duration) throws {
        guard try next(after: alert.sequence, channel: alert.channel, order: alert.order) == nil,
            try record(sequel.id) == nil
        else { return }
        try insert(sequel.id, state: .routed, hash: sequel.ownHash, isOwnID: false, body: sequel.body)
        try run("UPDATE eventRecords SET openCount = 1 WHERE id = ?", [sequel.id.rawValue])
        try run(
            """
            INSERT INTO eventDeliveries (event, channel, state, attempts, routedAt, deadline, due, orderKey, isHead)
            VALUES (?, ?, 'pending', 0, ?, ?, ?, ?, 0)
            """,
            [
                sequel.id.rawValue, alert.channel.rawValue, now.milliseconds, (alert.due + deadline).milliseconds,
                alert.due.milliseconds, alert.order,
            ]
        )
        try promote(channel: alert.channel, order: alert.order)
    }
}
