internal import Monitoring

// An event for a channel that works is sent without being stored first, which spares the queue two steps. Where all slots of
// the channel are taken just now, it waits for one in hand. It does not wait long: whoever stands behind it may be for
// another channel, and what is stored as a delivery holds nobody up.
extension DeliveryLoop {
    /// How long an event waits in hand for a slot.
    private static let patience = Duration.milliseconds(250)
    /// For how long nothing waits for a channel that made an event wait too long.
    private static let slowSpell = Duration.seconds(5)

    /// Starts the events in hand that have a slot now, and stores those that have waited too long.
    mutating func startWaiting(in group: inout DiscardingTaskGroup) {
        guard !ledger.waiting.isEmpty else { return }
        let now = time.now()
        if mailbox.isStopping {
            // Others may have them at once.
            for work in ledger.takeWaiting(where: { _, _ in true }) { giveBack(work) }
            return
        }
        while let work = ledger.takeWaiting(at: now) { start(work, in: &group) }
        let late = ledger.takeWaiting { _, since in now - since >= Self.patience }
        for work in late {
            ledger.withSlots { $0.isSlow(work.channel.id, until: now + Self.slowSpell) }
            store(work)
        }
        if !late.isEmpty { mayClaim = true }
    }

    /// Stores all events in hand, since what they wait for may have changed.
    mutating func storeWaiting() {
        for work in ledger.takeWaiting(where: { _, _ in true }) { store(work) }
    }

    /// When the first event in hand will have waited long enough.
    var patienceEnds: Timestamp? { ledger.waiting.first.map { $0.since + Self.patience } }

    private mutating func store(_ work: DeliveryWork) {
        guard case .event(let fresh) = work.origin else { return }
        let delivery = RoutedEvent.Delivery(
            channel: work.channel.id,
            order: nil,
            deadline: work.channel.settings.retrySchedule.deadline
        )
        ledger.report(RoutedEvent(fresh, delivery))
    }

    private mutating func giveBack(_ work: DeliveryWork) {
        guard case .event(let fresh) = work.origin else { return }
        ledger.report(.event(token: fresh.token, id: fresh.id, hash: fresh.hash, end: .released))
    }
}
