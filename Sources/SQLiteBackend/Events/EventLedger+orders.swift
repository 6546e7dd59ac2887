internal import GRDB
internal import Monitoring
internal import Notifications

/// Deliveries of one channel and order are claimed one after the other, in the order of routing: only the head can be.
extension EventLedger {
    /// An open delivery in an order.
    struct Ordered {
        let sequence: Int64
        let event: EventID
        let isHeld: Bool
    }

    /// The open delivery that follows in the order.
    func next(after sequence: Int64, channel: ChannelID, order: String) throws -> Ordered? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT sequence, event, state FROM eventDeliveries
                    WHERE channel = ? AND orderKey = ? AND state IN ('pending', 'held') AND sequence > ?
                    ORDER BY sequence LIMIT 1
                    """
            ),
            arguments: [channel.rawValue, order, sequence]
        )
        return row.flatMap { row in
            EventID(rawValue: row["event"]).map {
                Ordered(sequence: row["sequence"], event: $0, isHeld: row["state"] == "held")
            }
        }
    }

    /// Makes the first of the order its head, as after every change to the order.
    ///
    /// While one is held nothing else is: a delivery that was put back before it waits for its end.
    func promote(channel: ChannelID, order: String) throws {
        try run(Self.endHead, [channel.rawValue, order])
        try run(Self.beginHead, [channel.rawValue, order])
    }

    // Each finds its rows by an index of their own: a channel may have as many orders as there are sites, and an order as
    // many deliveries as there were outages.

    static let endHead = """
        UPDATE eventDeliveries SET isHead = 0
        WHERE channel = ?1 AND orderKey = ?2 AND state = 'pending' AND isHead = 1
        """

    static let beginHead = """
        UPDATE eventDeliveries SET isHead = 1
        WHERE sequence = (
            SELECT min(sequence) FROM eventDeliveries
            WHERE channel = ?1 AND orderKey = ?2 AND state IN ('pending', 'held')
        )
        AND NOT EXISTS (
            SELECT 1 FROM eventDeliveries WHERE channel = ?1 AND orderKey = ?2 AND boot IS NOT NULL
        )
        """
}
