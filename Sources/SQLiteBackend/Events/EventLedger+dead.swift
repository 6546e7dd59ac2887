internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

/// Dead letters: what could not be delivered is kept, within bounds, until people replay or discard it.
extension EventLedger {
    /// How many dead letters one step removes beyond the bounds.
    private static let mostTrimmed = 1_000

    /// An element that is buried without ever having become a delivery.
    struct Letter {
        let event: EventID?
        let reason: String
        let body: [UInt8]
        let hash: String?
        let isOwnID: Bool
    }

    func bury(_ letter: Letter) throws {
        try run(
            """
            INSERT INTO eventDead (id, event, reason, attempts, body, at, hash, isOwnID) VALUES (?, ?, ?, 0, ?, ?, ?, ?)
            """,
            [
                try newLetterID(), letter.event?.rawValue, letter.reason, Data(letter.body), now.milliseconds,
                letter.hash, letter.isOwnID,
            ]
        )
        try trimByCount()
    }

    func bury(delivery sequence: Int64, attempts: Int, reason: String) throws {
        try run(
            """
            INSERT INTO eventDead
                (id, event, channel, reason, attempts, body, at, hash, isOwnID, orderKey, sequence, routedAt)
            SELECT ?, d.event, d.channel, ?, ?, coalesce(r.body, x''), ?, r.hash, r.isOwnID, d.orderKey, d.sequence, d.routedAt
            FROM eventDeliveries d JOIN eventRecords r ON r.id = d.event WHERE d.sequence = ?
            """,
            [try newLetterID(), reason, attempts, now.milliseconds, sequence]
        )
        try trimByCount()
    }

    private func newLetterID() throws -> String {
        let time = String(now.milliseconds)
        let number = String(try numbers(1, of: "lastLetter"))
        // Of one width, so that the order of the texts is the order of the deaths.
        return String(repeating: "0", count: max(0, 14 - time.count)) + time + "-"
            + String(repeating: "0", count: max(0, 12 - number.count)) + number
    }

    /// Discards the oldest beyond the bounds; whether there may be more.
    func trim() throws -> Bool {
        try run(
            """
            DELETE FROM eventDead WHERE id IN (SELECT id FROM eventDead WHERE at <= ? ORDER BY id LIMIT ?)
            """,
            [(now - bounds.deadLetterLifetime).milliseconds, Self.mostTrimmed]
        )
        let trimmed = db.changesCount
        try countDiscarded(trimmed)
        return try trimmed + trimByCount() >= Self.mostTrimmed
    }

    @discardableResult
    private func trimByCount() throws -> Int {
        let excess = try min(counter("dead") - bounds.maxDeadLetters, Self.mostTrimmed)
        guard excess > 0 else { return 0 }
        try run("DELETE FROM eventDead WHERE id IN (SELECT id FROM eventDead ORDER BY id LIMIT ?)", [excess])
        try countDiscarded(excess)
        return excess
    }

    private func countDiscarded(_ count: Int) throws {
        guard count > 0 else { return }
        try run("UPDATE eventState SET discarded = discarded + ?", [count])
    }

    /// Deletes dead letters and counts them; how many there were.
    func discard(_ ids: [String]) throws -> Int {
        var count = 0
        for id in ids {
            try run("DELETE FROM eventDead WHERE id = ?", [id])
            count += db.changesCount
        }
        try countDiscarded(count)
        return count
    }
}
