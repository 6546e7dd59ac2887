internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// Takes events and due deliveries for one worker.
    func claim(_ request: ClaimRequest) throws -> Claim {
        let events = try claimEvents(request.freeEvents, boot: request.boot)
        let deliveries = try claimDeliveries(request)
        return Claim(
            now: now,
            nextDue: try nextDue(without: request, taken: deliveries),
            depth: try counter("waiting"),
            events: events,
            deliveries: deliveries,
            gates: events.isEmpty ? [:] : try gates()
        )
    }

    private func gates() throws -> [ChannelID: Timestamp] {
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT channel, until FROM eventGates WHERE until > ?"),
            arguments: [now.milliseconds]
        )
        return Dictionary(
            uniqueKeysWithValues: rows.map { (ChannelID(rawValue: $0[0]), Timestamp(milliseconds: $0[1])) }
        )
    }

    private func claimEvents(_ count: Int, boot: String) throws -> [HeldEvent] {
        guard count > 0 else { return [] }
        var room = StepBound.bytes
        // Suspects one at a time, since each is worked alone; the others hold up nobody.
        var rows = try waitingEvents(1, where: Self.isClaimableSuspect, room: &room)
        // What was given back has kept its place, so that it comes before what was added later.
        rows += try waitingEvents(count - rows.count, where: Self.isClaimable, room: &room)
        guard !rows.isEmpty else { return [] }
        let first = try numbers(rows.count, of: "lastToken")
        return try rows.enumerated().map { offset, row in
            let token = first + Int64(offset)
            let sequence: Int64 = row["sequence"]
            try run("UPDATE eventElements SET boot = ?, token = ? WHERE sequence = ?", [boot, token, sequence])
            return HeldEvent(token: String(token), body: [UInt8](row["body"] as Data), crashes: row["crashes"])
        }
    }

    /// What is before an event in its order is claimed with it, or has been routed or ended.
    private static let isClaimable = """
        e.crashes < 2 AND (e.orderKey IS NULL OR NOT EXISTS (
            SELECT 1 FROM eventElements earlier
            WHERE earlier.orderKey = e.orderKey AND earlier.sequence < e.sequence
                AND (earlier.boot IS NOT NULL OR earlier.crashes >= 2)
        ))
        """

    /// A suspect is worked alone, so that nothing of its order goes with it.
    private static let isClaimableSuspect = """
        e.crashes >= 2 AND (e.orderKey IS NULL OR NOT EXISTS (
            SELECT 1 FROM eventElements earlier
            WHERE earlier.orderKey = e.orderKey AND earlier.sequence < e.sequence
        ))
        """

    /// Whether an event waits that does not wait for an earlier one of its order.
    func hasClaimableEvents() throws -> Bool {
        guard try counter("waiting") > 0 else { return false }
        var room = StepBound.bytes
        return try !waitingEvents(1, where: Self.isClaimable, room: &room).isEmpty
            || !waitingEvents(1, where: Self.isClaimableSuspect, room: &room).isEmpty
    }

    private func waitingEvents(_ count: Int, where condition: String, room: inout Int) throws -> [Row] {
        guard count > 0 else { return [] }
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT e.sequence, e.crashes, b.body
                    FROM eventElements e JOIN eventBodies b ON b.element = e.sequence
                    WHERE e.boot IS NULL AND \(condition) ORDER BY e.sequence LIMIT ?
                    """
            ),
            arguments: [count]
        )
        return try Self.rows(rows, room: &room)
    }

    /// Reads rows until their bodies fill the room that is left in the answer.
    private static func rows(_ cursor: RowCursor, room: inout Int) throws -> [Row] {
        var rows: [Row] = []
        while room > 0, let row = try cursor.next() {
            room -= (row["body"] as Data?)?.count ?? 0
            rows.append(row.copy())
        }
        return rows
    }

    /// Takes in rounds, in each as many of every ready channel, so that no channel's backlog starves another.
    private func claimDeliveries(_ request: ClaimRequest) throws -> [HeldDelivery] {
        guard request.freeDeliveries > 0 else { return [] }
        var ready = try channels().filter { $0.due <= now && slots(of: $0.channel, in: request) > 0 }
        ready.sort { ($0.due, $0.channel) < ($1.due, $1.channel) }
        var taken: [HeldDelivery] = []
        var takenOf: [ChannelID: Int] = [:]
        var room = StepBound.bytes
        while taken.count < request.freeDeliveries, !ready.isEmpty, room > 0 {
            let share = max(1, (request.freeDeliveries - taken.count) / ready.count)
            var remaining: [(channel: ChannelID, due: Timestamp)] = []
            for entry in ready where taken.count < request.freeDeliveries {
                let most = min(
                    share,
                    request.freeDeliveries - taken.count,
                    slots(of: entry.channel, in: request) - takenOf[entry.channel, default: 0]
                )
                let batch = try claimDeliveries(most, of: entry.channel, boot: request.boot, room: &room)
                taken += batch
                takenOf[entry.channel, default: 0] += batch.count
                if batch.count == most, takenOf[entry.channel, default: 0] < slots(of: entry.channel, in: request) {
                    remaining.append(entry)
                }
            }
            ready = remaining
        }
        return taken
    }

    private func claimDeliveries(
        _ count: Int,
        of channel: ChannelID,
        boot: String,
        room: inout Int
    ) throws -> [HeldDelivery] {
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT d.sequence, d.event, d.attempts, d.crashes, d.routedAt, d.deadline, d.orderKey, r.body
                    FROM eventDeliveries d JOIN eventRecords r ON r.id = d.event
                    WHERE d.channel = ? AND d.state = 'pending' AND d.isHead = 1 AND d.due <= ?
                    ORDER BY d.due, d.sequence LIMIT ?
                    """
            ),
            arguments: [channel.rawValue, now.milliseconds, count]
        )
        let rows = try Self.rows(cursor, room: &room)
        guard !rows.isEmpty else { return [] }
        let first = try numbers(rows.count, of: "lastToken")
        let deliveries: [HeldDelivery] = try rows.enumerated().compactMap { offset, row in
            guard let event = EventID(rawValue: row["event"]) else { return nil }
            let token = first + Int64(offset)
            let sequence: Int64 = row["sequence"]
            try run(
                "UPDATE eventDeliveries SET state = 'held', boot = ?, token = ? WHERE sequence = ?",
                [boot, token, sequence]
            )
            let order: String? = row["orderKey"]
            return HeldDelivery(
                token: String(token),
                event: event,
                channel: channel,
                body: [UInt8](row["body"] as Data? ?? Data()),
                attempts: row["attempts"],
                crashes: row["crashes"],
                routedAt: Timestamp(milliseconds: row["routedAt"]),
                deadline: Timestamp(milliseconds: row["deadline"]),
                order: order,
                successor: try order.flatMap { try successor(of: sequence, channel: channel, order: $0) }
            )
        }
        room -= deliveries.reduce(0) { $0 + ($1.successor?.body.count ?? 0) }
        return deliveries
    }

    private func successor(of sequence: Int64, channel: ChannelID, order: String) throws -> HeldDelivery.Successor? {
        guard let next = try next(after: sequence, channel: channel, order: order) else { return nil }
        let body = try Data.fetchOne(
            db.cachedStatement(sql: "SELECT body FROM eventRecords WHERE id = ?"),
            arguments: [next.event.rawValue]
        )
        return HeldDelivery.Successor(event: next.event, body: [UInt8](body ?? Data()))
    }

    /// Every channel with a claimable delivery, and when its earliest is due, its gate included.
    private func channels() throws -> [(channel: ChannelID, due: Timestamp)] {
        // Steps from channel to channel in the index; it never walks a channel's backlog.
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    WITH RECURSIVE channels (channel) AS (
                        SELECT min(channel) FROM eventDeliveries WHERE state = 'pending' AND isHead = 1
                        UNION ALL
                        SELECT (
                            SELECT min(d.channel) FROM eventDeliveries d
                            WHERE d.state = 'pending' AND d.isHead = 1 AND d.channel > channels.channel
                        )
                        FROM channels WHERE channels.channel IS NOT NULL
                    )
                    SELECT
                        channels.channel,
                        max(
                            (
                                SELECT min(d.due) FROM eventDeliveries d
                                WHERE d.state = 'pending' AND d.isHead = 1 AND d.channel = channels.channel
                            ),
                            coalesce(gate.until, 0)
                        ) AS due
                    FROM channels LEFT JOIN eventGates gate ON gate.channel = channels.channel
                    WHERE channels.channel IS NOT NULL
                    """
            )
        )
        return rows.map { (ChannelID(rawValue: $0["channel"]), Timestamp(milliseconds: $0["due"])) }
    }

    /// When the next delivery of a channel falls due that this worker could take.
    private func nextDue(without request: ClaimRequest, taken: [HeldDelivery]) throws -> Timestamp? {
        var used: [ChannelID: Int] = [:]
        for delivery in taken { used[delivery.channel, default: 0] += 1 }
        return try channels()
            .filter { slots(of: $0.channel, in: request) > used[$0.channel, default: 0] }
            .map(\.due).min()
    }

    private func slots(of channel: ChannelID, in request: ClaimRequest) -> Int {
        request.skip.contains(channel) ? 0 : request.channelSlots[channel] ?? .max
    }
}
