/// Whether alerts and recoveries came to a receiver in their order, and all of them.
struct AlertOrder: Sendable {
    private struct Message: Hashable {
        let receiver: Receiver
        let incident: String
    }

    /// Which way a site went.
    enum Direction: Sendable { case down, up }

    private var alerts: Set<Message> = []
    private var recoveries: Set<Message> = []
    /// By receiver and site, the last message that was new.
    private var last: [String: (incident: String, direction: Direction)] = [:]

    private(set) var violations = ViolationLog()
    /// Alerts and recoveries that arrived, repeats left out.
    private(set) var count = 0

    /// A message was received; a repeat says nothing of the order.
    mutating func arrived(
        _ direction: Direction,
        site: String,
        incident: String,
        at receiver: Receiver,
        isAnswered: Bool
    ) {
        let message = Message(receiver: receiver, incident: incident)
        if direction == .up, !alerts.contains(message) {
            violations.add(.recoveryBeforeAlert, "site \(site), incident \(incident), at \(receiver)")
        }
        guard isAnswered else { return }
        let isNew = direction == .down ? alerts.insert(message).inserted : recoveries.insert(message).inserted
        guard isNew else { return }
        count += 1
        let key = "\(receiver) \(site)"
        if let before = last[key], before.direction == direction {
            violations.add(
                .recoveryBeforeAlert,
                "site \(site) at \(receiver): \(direction) of \(before.incident), then \(direction) of \(incident)"
            )
        }
        last[key] = (incident, direction)
    }

    /// Compares with an incident of the database.
    mutating func settle(incident: String, hasEnded: Bool) {
        for receiver in Receiver.allCases where receiver.hearsOfSites {
            let message = Message(receiver: receiver, incident: incident)
            if !alerts.contains(message) {
                violations.add(.transitionLost, "the alert of incident \(incident) at \(receiver)")
            }
            if hasEnded, !recoveries.contains(message) {
                violations.add(.transitionLost, "the recovery of incident \(incident) at \(receiver)")
            }
        }
    }
}
