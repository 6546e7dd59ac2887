package import Monitoring

/// The history of attempts, for people.
///
/// The queue is the ledger: a failure to write here never repeats a send.
///
/// Every method may throw ``StoreError``.
package protocol DeliveryLog: Sendable {
    /// Adds attempts and ends to the history.
    func append(_ attempts: [DeliveryAttempt]) async throws

    /// The attempts for an event, oldest first.
    func attempts(event: EventID) async throws -> [DeliveryAttempt]

    /// The newest attempts at a channel, newest first.
    func attempts(channel: ChannelID, limit: Int) async throws -> [DeliveryAttempt]

    /// The newest attempt at each of the channels that has one, in one query whatever their number.
    func latestAttempts(of channels: [ChannelID]) async throws -> [ChannelID: DeliveryAttempt]

    /// Deletes what is older than the retention.
    func purgeAttempts(olderThan retention: Duration) async throws
}

/// One attempt to deliver one event to one channel, or the end of an event that went to none.
package struct DeliveryAttempt: Sendable, Equatable {
    /// What followed from an attempt.
    package enum Result: String, Sendable, CaseIterable {
        case sent
        case retry
        case dead
        /// No channel wanted the event.
        case unrouted
    }

    package var event: EventID
    package var eventType: String
    /// Nil for an event that no channel wanted.
    package var channel: ChannelID?
    /// 1 for the first.
    package var attempt: Int
    package var at: Timestamp
    package var duration: Duration
    package var result: Result
    package var statusCode: Int?
    /// At most 16 KiB of what the receiver answered.
    package var response: String?
    package var error: String?
    /// When the next attempt is due.
    package var next: Timestamp?

    package init(
        event: EventID,
        eventType: String,
        channel: ChannelID?,
        attempt: Int,
        at: Timestamp,
        duration: Duration,
        result: Result,
        statusCode: Int? = nil,
        response: String? = nil,
        error: String? = nil,
        next: Timestamp? = nil
    ) {
        self.event = event
        self.eventType = eventType
        self.channel = channel
        self.attempt = attempt
        self.at = at
        self.duration = duration
        self.result = result
        self.statusCode = statusCode
        self.response = response
        self.error = error
        self.next = next
    }
}
