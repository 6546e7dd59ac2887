/// What became of each event of the load, from its sender, its receivers and the broker.
struct DeliveryLedger: Sendable {
    private struct Delivery: Hashable {
        let number: Int
        let receiver: Receiver
    }

    private struct Arrivals {
        var answered: UInt16 = 0
        var isDead = false
    }

    private var numbers: [String: Int] = [:]
    private var ids: [Int: String] = [:]
    private var acceptedAt: [Int: Int64] = [:]
    private var arrivals: [Delivery: Arrivals] = [:]
    /// Ids that arrived, with their numbers, before their sender knew of them.
    private var unknown: [String: Int] = [:]
    private var ended: [String: UInt8] = [:]
    private var endedDeliveries: [String: UInt8] = [:]

    private(set) var violations = ViolationLog()
    private(set) var delivered = 0
    private(set) var repeats = 0
    private(set) var dead = 0
    /// Accepted, and gone with what a broker that does not wait for its disk had not written.
    private(set) var lostWithBroker = 0

    /// How long, in ms, such a broker may keep what it has answered for to itself.
    static let lossy: Int64 = 2_000

    var accepted: Int { ids.count }

    /// A sender was answered 202 for its event.
    mutating func accepted(_ number: Int, as id: String, at now: Int64 = 0) {
        if let earlier = ids[number] {
            if earlier != id { violations.add(.answersDiffer, "event \(number): \(earlier), then \(id)") }
            return
        }
        ids[number] = id
        numbers[id] = number
        acceptedAt[number] = now
    }

    /// An event came to a receiver, whose answer said that it has it, or not.
    ///
    /// - Parameters:
    ///   - number: The event's, as its data tell.
    ///   - id: The `webhook-id`; nil where the channel has none.
    ///   - receiver: Where.
    ///   - isAnswered: Whether it was answered as one that has arrived.
    mutating func arrived(_ number: Int, id: String?, at receiver: Receiver, isAnswered: Bool) {
        if let id, numbers[id] != number { unknown[id] = number }
        guard isAnswered else { return }
        let delivery = Delivery(number: number, receiver: receiver)
        let before = arrivals[delivery, default: Arrivals()].answered
        arrivals[delivery, default: Arrivals()].answered = before &+ 1
        if before == 0 { delivered += 1 } else { repeats += 1 }
    }

    /// The broker holds a dead letter.
    mutating func died(_ id: String, at receiver: Receiver) {
        dead += 1
        guard let number = numbers[id] else { return }
        arrivals[Delivery(number: number, receiver: receiver), default: Arrivals()].isDead = true
    }

    /// Takes the next entry of the broker's journal.
    mutating func take(_ entry: JournalEntry) {
        switch entry {
        case .event(let id, let state) where state == "ended" || state == "unrouted":
            ended[id, default: 0] &+= 1
            if ended[id] == 2 { violations.add(.deliveryEndedTwice, "event \(id)") }
        case .deliveryEnded(let event, let channel):
            let key = "\(event) \(channel)"
            endedDeliveries[key, default: 0] &+= 1
            if endedDeliveries[key] == 2 { violations.add(.deliveryEndedTwice, "event \(event) at channel \(channel)") }
        default: break
        }
    }

    /// Judges what has come together.
    ///
    /// - Parameters:
    ///   - mostRepeats: What the faults can account for: kills × in flight.
    ///   - lossy: When a broker was killed that does not wait for its disk.
    mutating func settle(mostRepeats: Int, lossy: [Int64] = []) {
        for (number, id) in ids.sorted(by: { $0.key < $1.key }) {
            let at = acceptedAt[number] ?? 0
            if ended[id] == nil, lossy.contains(where: { (0...Self.lossy).contains($0 - at) }) {
                lostWithBroker += 1
                continue
            }
            for receiver in LoadKind(number: number).receivers {
                let arrived = arrivals[Delivery(number: number, receiver: receiver)] ?? Arrivals()
                if arrived.answered == 0, !arrived.isDead {
                    violations.add(.eventLost, "event \(number), \(id), at \(receiver)")
                }
            }
            if ended[id] == nil { violations.add(.eventNotEnded, "event \(number), \(id)") }
        }
        for (id, number) in unknown where numbers[id] != number {
            violations.add(
                .eventUninvited,
                "\(id) with number \(number), which was accepted as \(ids[number] ?? "none")"
            )
        }
        for delivery in arrivals.keys {
            if ids[delivery.number] == nil || !LoadKind(number: delivery.number).receivers.contains(delivery.receiver) {
                violations.add(.eventUninvited, "event \(delivery.number) at \(delivery.receiver)")
            }
        }
        if repeats > mostRepeats { violations.add(.tooManyRepeats, "\(repeats) repeats; at most \(mostRepeats)") }
    }
}
