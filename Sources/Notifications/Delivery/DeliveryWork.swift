internal import Monitoring

/// One attempt to be made.
struct DeliveryWork: Sendable {
    /// An event that goes to its one channel without being stored as a delivery first.
    struct FreshEvent: Sendable, Equatable {
        let token: String
        let id: EventID
        /// As it lay in the queue.
        let element: [UInt8]
        /// The same with an id and a time.
        let document: JSON
        let isOwnID: Bool

        // Most events are sent at once, and need neither.
        var hash: String { ContentHash.hex(of: element) }
        /// What is stored if it must be.
        var body: [UInt8] { document.bytes }
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

/// Something that several workers died with, as it was claimed.
enum Suspect: Sendable, Equatable {
    case event(HeldEvent)
    case delivery(HeldDelivery)

    /// How many deaths make one.
    ///
    /// The queue counts no more than these unless it was all that the worker had in hand.
    static let crashes = 2

    /// What it is called in the log; an event has not been read yet.
    var name: String {
        switch self {
        case .event(let held): "event held as \(held.token)"
        case .delivery(let held): "\(held.event) at channel \(held.channel)"
        }
    }

    /// How it is given back unworked.
    var release: Completion {
        switch self {
        case .event(let held): .event(token: held.token, id: nil, hash: nil, end: .released)
        case .delivery(let held):
            .delivery(token: held.token, event: held.event, channel: held.channel, end: .released)
        }
    }
}

extension RoutedEvent {
    /// An event in hand, stored as a delivery to its one channel.
    init(_ fresh: DeliveryWork.FreshEvent, _ delivery: Delivery) {
        self.init(
            token: fresh.token,
            id: fresh.id,
            body: fresh.body,
            hash: fresh.hash,
            isOwnID: fresh.isOwnID,
            deliveries: [delivery]
        )
    }
}
