internal import Monitoring

/// Decides, purely, what is to be done with what was claimed.
struct DeliveryPlanner {
    /// What is to be done with an event.
    enum EventPlan: Equatable {
        /// It ends without an attempt.
        case end(id: EventID, hash: String?, type: String, end: Completion.EventEnd)
        /// It goes to its one channel at once.
        case send(DeliveryWork.FreshEvent, RegisteredChannel, Message)
        case route(RoutedEvent)
    }

    /// What is to be done with a delivery.
    enum DeliveryPlan: Equatable {
        case send(RegisteredChannel, Message, successor: EventID?)
        case end(Completion.DeliveryEnd, type: String)
        /// Its channel is gone or out of use, as far as the snapshot tells.
        case unwanted(reason: String, type: String)
    }

    /// How many workers may die with something in hand before it is buried; the last ones had nothing else in hand.
    static let maximumCrashes = 4
    let snapshot: ChannelSnapshot
    /// The present moment by the queue's clock.
    let now: Timestamp
    /// The same by the clock here, by which the snapshot was taken.
    let localNow: Timestamp

    /// Plans an event.
    ///
    /// - Parameters:
    ///   - held: As it was claimed.
    ///   - canSend: Whether a channel takes an event at once.
    /// - Returns: What is to be done.
    func plan(_ held: HeldEvent, canSend: (RegisteredChannel) -> Bool) -> EventPlan {
        let event: Event
        let ownID: EventID?
        let document: JSON
        switch QueueElement(held.body) {
        case .dead(let reason, let id):
            return .end(id: id ?? .made(at: now), hash: nil, type: "", end: .dead(reason: reason))
        case .event(let read, let id, let read2): (event, ownID, document) = (read, id, read2)
        }
        let id = ownID ?? .made(at: now)
        let isOwnID = ownID.map(event.isOwnID) ?? false
        func hash() -> String { ContentHash.hex(of: held.body) }
        guard held.crashes < Self.maximumCrashes else {
            let reason = "\(held.crashes) workers died with it in hand."
            return .end(id: id, hash: isOwnID ? hash() : nil, type: event.type, end: .dead(reason: reason))
        }
        let channels = snapshot.router.channels(for: event)
        guard let first = channels.first else {
            return .end(id: id, hash: isOwnID ? hash() : nil, type: event.type, end: .unrouted)
        }
        var whole = document.withFirst("id", .string(id.rawValue))
        // Receivers are told the same time on every attempt.
        if event.time == nil { whole = whole.withDefault("time", .string(now.rfc3339)) }
        // Without an id of its own a crash would give it another, and the receiver could not tell the two for one.
        if channels.count == 1, event.order == nil, ownID != nil, !first.settings.paused, canSend(first) {
            let fresh = DeliveryWork.FreshEvent(
                token: held.token,
                id: id,
                element: held.body,
                document: whole,
                isOwnID: isOwnID
            )
            return .send(fresh, first, message(id: id, event: event, seenAt: now))
        }
        return .route(
            RoutedEvent(
                token: held.token,
                id: id,
                body: whole.bytes,
                hash: hash(),
                isOwnID: isOwnID,
                deliveries: channels.map { channel in
                    RoutedEvent.Delivery(
                        channel: channel.id,
                        order: event.order,
                        deadline: channel.settings.retrySchedule.deadline
                    )
                }
            )
        )
    }

    /// Plans a delivery.
    func plan(_ held: HeldDelivery) -> DeliveryPlan {
        guard case .event(let event, _, _) = QueueElement(held.body) else {
            return .end(.dead(reason: "Its event can't be read.", countsAttempt: false), type: "")
        }
        func dead(_ reason: String) -> DeliveryPlan {
            .end(.dead(reason: reason, countsAttempt: false), type: event.type)
        }
        guard held.crashes < Self.maximumCrashes else { return dead("\(held.crashes) workers died with it in hand.") }
        guard let channel = snapshot.channels[held.channel] else {
            return .unwanted(reason: "The channel was deleted.", type: event.type)
        }
        if let reason = channel.disabledReason {
            return .unwanted(reason: "The channel is disabled: \(reason)", type: event.type)
        }
        guard now < held.deadline else { return dead("The deadline has passed.") }
        // It keeps its place, and nobody who knows of the pause claims it.
        if channel.settings.paused { return .end(.released, type: event.type) }
        var message = message(id: held.event, event: event, seenAt: held.routedAt)
        var successor: EventID?
        if channel.settings.type.lane == .people, let recovery = held.successor,
            let end = recoveryTime(of: event, in: recovery)
        {
            message.recovery = Message.Recovery(endedAt: end)
            successor = recovery.event
        }
        return .send(channel, message, successor: successor)
    }

    private func message(id: EventID, event: Event, seenAt: Timestamp) -> Message {
        Message(id: id, event: event, time: event.time.flatMap(Timestamp.init(rfc3339:)) ?? seenAt)
    }

    /// When the outage of an alert ended, if the next in its order says so.
    private func recoveryTime(of alert: Event, in successor: HeldDelivery.Successor) -> Timestamp? {
        guard alert.type == "site.down", case .event(let next, _, _) = QueueElement(successor.body),
            next.type == "site.up", next.subject == alert.subject,
            next.data?["incidentId"] == alert.data?["incidentId"]
        else { return nil }
        return ((next.data?["endedAt"]?.string) ?? next.time).flatMap(Timestamp.init(rfc3339:)) ?? now
    }
}
