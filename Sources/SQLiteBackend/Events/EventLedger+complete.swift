internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// Ends one attempt, or an event that needs none; false where the worker no longer holds it.
    func complete(_ completion: Completion, as boot: String) throws -> Bool {
        switch completion {
        case .event(let token, let id, let hash, let end):
            try completeEvent(token: token, id: id, hash: hash, end: end, boot: boot)
        case .delivery(let token, let event, let channel, let end):
            try completeDelivery(token: token, event: event, channel: channel, end: end, boot: boot)
        }
    }

    private func completeEvent(
        token: String,
        id: EventID?,
        hash: String?,
        end: Completion.EventEnd,
        boot: String
    ) throws -> Bool {
        guard let element = try held(token, boot: boot) else { return false }
        switch end {
        case .released:
            // What was claimed behind it in its order comes back with it.
            try run(
                """
                UPDATE eventElements SET boot = NULL, token = NULL
                WHERE sequence = ?1 OR (
                    boot = ?2 AND sequence > ?1
                    AND orderKey = (SELECT orderKey FROM eventElements WHERE sequence = ?1)
                )
                """,
                [element.sequence, boot]
            )
            return true
        case .sent(let channel):
            try finish(id, as: .ended, hash: hash, sentTo: channel)
        case .unrouted:
            try finish(id, as: .unrouted, hash: hash)
        case .dead(let reason):
            let isOwnID = try id.flatMap(record)?.isOwnID ?? (hash != nil)
            try finish(id, as: .ended, hash: hash)
            try bury(Letter(event: id, reason: reason, body: element.body, hash: hash, isOwnID: isOwnID))
        }
        try remove(element)
        return true
    }

    /// Ends the event's record, unless it stands for another element that was routed or has ended before.
    private func finish(
        _ id: EventID?,
        as state: QueuedEvent.State,
        hash: String?,
        sentTo channel: ChannelID? = nil
    ) throws {
        guard let id else { return }
        guard let record = try record(id) else {
            try insert(id, state: state, hash: hash, isOwnID: hash != nil, sentTo: channel)
            return
        }
        guard record.state == .queued, record.hash == nil || hash == nil || record.hash == hash else { return }
        try update(id, to: state, hash: hash, isOwnID: record.isOwnID, sentTo: channel)
    }

    private func completeDelivery(
        token: String,
        event: EventID,
        channel: ChannelID,
        end: Completion.DeliveryEnd,
        boot: String
    ) throws -> Bool {
        guard let delivery = try heldDelivery(token, event: event, channel: channel, boot: boot) else { return false }
        switch end {
        case .sent(let successor):
            if let successor, let order = delivery.order,
                let next = try next(after: delivery.sequence, channel: channel, order: order),
                next.event == successor, !next.isHeld
            {
                try close(next.sequence, of: next.event, as: .sent)
            }
            try close(delivery.sequence, of: event, as: .sent, attempts: delivery.attempts + 1)
        case .retry(let delay, let countsAttempt):
            try run(
                """
                UPDATE eventDeliveries
                SET state = 'pending', boot = NULL, token = NULL, crashes = 0, due = ?, attempts = ?
                WHERE sequence = ?
                """,
                [
                    (now + delay).milliseconds, delivery.attempts + (countsAttempt ? 1 : 0), delivery.sequence,
                ]
            )
        case .dead(let reason, let countsAttempt):
            let attempts = delivery.attempts + (countsAttempt ? 1 : 0)
            try bury(delivery: delivery.sequence, attempts: attempts, reason: reason)
            try close(delivery.sequence, of: event, as: .dead, attempts: attempts)
        case .released:
            try run(
                "UPDATE eventDeliveries SET state = 'pending', boot = NULL, token = NULL WHERE sequence = ?",
                [delivery.sequence]
            )
        }
        if let order = delivery.order { try promote(channel: channel, order: order) }
        return true
    }

    private func heldDelivery(
        _ token: String,
        event: EventID,
        channel: ChannelID,
        boot: String
    ) throws -> (sequence: Int64, attempts: Int, order: String?)? {
        guard let token = Int64(token) else { return nil }
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT sequence, attempts, orderKey FROM eventDeliveries
                    WHERE boot = ? AND token = ? AND event = ? AND channel = ?
                    """
            ),
            arguments: [boot, token, event.rawValue, channel.rawValue]
        )
        return row.map { ($0["sequence"], $0["attempts"], $0["orderKey"]) }
    }

    /// Ends a delivery, and its event with the last one.
    func close(
        _ sequence: Int64,
        of event: EventID,
        as state: QueuedEvent.Delivery.State,
        attempts: Int? = nil
    ) throws {
        try run(
            """
            UPDATE eventDeliveries
            SET state = ?, boot = NULL, token = NULL, isHead = 0, attempts = coalesce(?, attempts)
            WHERE sequence = ?
            """,
            [state.rawValue, attempts, sequence]
        )
        try run(
            """
            UPDATE eventRecords
            SET openCount = openCount - 1,
                state = iif(openCount = 1, 'ended', state),
                expiresAt = iif(openCount = 1, iif(isOwnID, ?, ?), expiresAt),
                body = iif(openCount = 1, NULL, body)
            WHERE id = ?
            """,
            [
                (now + Self.longMemory).milliseconds, (now + Self.shortMemory).milliseconds, event.rawValue,
            ]
        )
    }
}
