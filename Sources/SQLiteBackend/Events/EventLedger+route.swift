internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// Turns a held event into its deliveries.
    func route(_ event: RoutedEvent, as boot: String) throws -> RouteOutcome {
        guard let element = try held(event.token, boot: boot) else { return .stale }
        let record = try record(event.id)
        if let record {
            guard record.hash == nil || record.hash == event.hash else {
                try remove(element)
                try bury(
                    Letter(
                        event: event.id,
                        reason: "another event with the id \(event.id) and other content is known already",
                        body: event.body,
                        hash: event.hash,
                        isOwnID: event.isOwnID
                    )
                )
                return .mismatch
            }
            guard record.state == .queued else {
                try remove(element)
                return .duplicate
            }
        }
        try remove(element)
        let isOwnID = event.isOwnID || record?.isOwnID == true
        if record == nil { try insert(event.id, state: .queued, hash: event.hash, isOwnID: isOwnID) }
        guard !event.deliveries.isEmpty else {
            try update(event.id, to: .unrouted, hash: event.hash, isOwnID: isOwnID)
            return .routed
        }
        try run(
            "UPDATE eventRecords SET state = 'routed', hash = ?, body = ?, isOwnID = ?, expiresAt = NULL WHERE id = ?",
            [event.hash, Data(event.body), isOwnID, event.id.rawValue]
        )
        var channels: Set<ChannelID> = []
        let deliveries = event.deliveries.filter { channels.insert($0.channel).inserted }
        try run("UPDATE eventRecords SET openCount = ? WHERE id = ?", [deliveries.count, event.id.rawValue])
        for delivery in deliveries { try insert(delivery, of: event.id) }
        return .routed
    }

    private func insert(_ delivery: RoutedEvent.Delivery, of event: EventID) throws {
        let waiting = try backlog(of: delivery.channel)
        try run(
            """
            INSERT INTO eventDeliveries (event, channel, state, attempts, routedAt, deadline, due, orderKey, isHead)
            VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?)
            """,
            [
                event.rawValue, delivery.channel.rawValue, delivery.attempts, now.milliseconds,
                (now + delivery.deadline).milliseconds, (now + delivery.delay).milliseconds, delivery.order,
                delivery.order == nil,
            ]
        )
        let isFull = waiting >= bounds.maxBacklog
        let full = "\(bounds.maxBacklog) deliveries wait for the channel already (queue.maxBacklog)."
        if let reason = delivery.buried ?? (isFull ? full : nil) {
            let sequence = db.lastInsertedRowID
            try bury(delivery: sequence, attempts: delivery.attempts, reason: reason)
            try close(sequence, of: event, as: .dead)
        }
        if let order = delivery.order { try promote(channel: delivery.channel, order: order) }
    }

    /// A held element: its place in the queue and what it is.
    struct Element {
        let sequence: Int64
        let body: [UInt8]
    }

    /// The element that the worker still holds by this token.
    func held(_ token: String, boot: String) throws -> Element? {
        guard let token = Int64(token) else { return nil }
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT e.sequence, b.body FROM eventElements e JOIN eventBodies b ON b.element = e.sequence
                    WHERE e.boot = ? AND e.token = ?
                    """
            ),
            arguments: [boot, token]
        )
        return row.map { Element(sequence: $0["sequence"], body: [UInt8]($0["body"] as Data)) }
    }

    /// Takes a held element out of the queue.
    func remove(_ element: Element) throws {
        try run("DELETE FROM eventElements WHERE sequence = ?", [element.sequence])
    }
}
