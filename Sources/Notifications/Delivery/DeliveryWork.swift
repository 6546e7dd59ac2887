internal import Monitoring

/// One attempt to be made.
struct DeliveryWork: Sendable {
    /// An event that goes to its one channel without being stored as a delivery first.
    struct FreshEvent: Sendable, Equatable {
        let token: String
        let id: EventID
        /// Of the element as it lay in the queue.
        let hash: String
        let isOwnID: Bool
        /// What is stored if it must be.
        let body: [UInt8]
    }

    /// What is in the worker's hands.
    enum Origin: Sendable, Equatable {
        case event(FreshEvent)
        case delivery(HeldDelivery)
    }

    let origin: Origin
    let channel: RegisteredChannel
    let message: Message
    /// Attempts that counted before this one.
    let attempts: Int
    let deadline: Timestamp
    /// How many workers died with it in hand.
    let crashes: Int
    /// The recovery that the message tells as well.
    var successor: EventID?
}

/// An attempt that has ended.
struct FinishedWork: Sendable {
    let number: Int
    let outcome: SendOutcome
    let startedAt: Timestamp
    let endedAt: Timestamp
}
