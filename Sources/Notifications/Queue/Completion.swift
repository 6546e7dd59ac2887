internal import Monitoring

/// The end of one attempt, or of an event that needs none.
package enum Completion: Sendable, Equatable {
    /// How an event ends that was never stored as deliveries.
    package enum EventEnd: Sendable, Equatable {
        /// Its one channel had it at the first try.
        case sent(ChannelID)
        /// No channel wants it.
        case unrouted
        /// It is not an event, or nothing can be done with it; the reason is kept with it.
        case dead(reason: String)
        /// Given back unworked.
        case released
    }

    /// How one attempt at a delivery ends.
    package enum DeliveryEnd: Sendable, Equatable {
        /// Where `withSuccessor` is set, the message told both and the successor ends with it.
        case sent(withSuccessor: EventID?)
        /// Due again after `delay`; a wait for a rate limit or a circuit counts no attempt.
        case retry(delay: Duration, countsAttempt: Bool)
        /// Buried; `countsAttempt` is false where no attempt was made, as when the deadline had passed.
        case dead(reason: String, countsAttempt: Bool = true)
        /// Given back unworked.
        case released
    }

    /// `id` is nil where the element has none that can be read; `hash` is nil for an id that we made.
    case event(token: String, id: EventID?, hash: String?, end: EventEnd)
    case delivery(token: String, event: EventID, channel: ChannelID, end: DeliveryEnd)
}
