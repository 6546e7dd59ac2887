internal import Foundation

/// Brings together what senders, receivers, broker and database know, when all has come to rest.
struct Judgement {
    let options: ChaosOptions
    let store: StoreReader
    let folder: String
    let siteIDs: [Int64]
    /// When the last site had been registered, in Unix ms.
    let registered: Int64
    let channels: [String: Receiver]
    let deadLetters: [(event: String, channel: String)]
    let faults: FaultAccount
    let receptions: Receptions
    let memory: MemoryRecord
    /// What was found on the way.
    let others: [ViolationLog]

    func report() async throws -> Report {
        var slots = SlotLedger()
        var deliveries = receptions.deliveries
        var takeovers = Takeovers(
            deaths: faults.deaths,
            disturbances: faults.disturbances,
            limit: ChaosOptions.takeover.components.seconds * 1_000
        )
        try readJournal { entry in
            slots.take(entry)
            deliveries.take(entry)
            takeovers.take(entry)
        }
        let store = try await StoreRecords(store) { slots.recorded($0, as: $1) }
        let due = slots.settle(
            DueSlots(
                interval: options.interval.components.seconds * 1_000,
                after: max(registered, slots.firstMark),
                through: slots.completeMark
            ),
            sites: siteIDs,
            gaps: store.gaps,
            missed: store.missed,
            waiting: store.waiting
        )
        for letter in deadLetters {
            if let receiver = channels[letter.channel] { deliveries.died(letter.event, at: receiver) }
        }
        let mostRepeats = faults.strandings * ChaosOptions.notifierConcurrency
        deliveries.settle(mostRepeats: mostRepeats, lossy: options.sync == .everysec ? faults.brokerDeaths : [])
        var alerts = receptions.alerts
        for incident in store.incidents { alerts.settle(incident: incident.id, hasEnded: incident.hasEnded) }
        var windows = receptions.windows
        windows.settle(faults: faults.senderFaults, resumed: faults.resumedSenders)

        var violations = ViolationLog()
        for log in others + [
            slots.violations, deliveries.violations, takeovers.violations, alerts.violations, windows.violations,
            memory.violations,
        ] { violations.add(log) }
        return Report(
            options: options,
            faults: faults.records,
            due: due,
            slots: slots,
            deliveries: deliveries,
            alerts: alerts,
            windows: windows,
            takeovers: takeovers,
            memory: memory,
            mostRepeats: mostRepeats,
            incidents: store.incidents.count,
            violations: violations
        )
    }

    private func readJournal(_ emit: (JournalEntry) -> Void) throws {
        switch options.broker {
        case .redis:
            var journal = RedisJournal()
            for path in try AppendOnlyFile.paths(in: folder) {
                try AppendOnlyFile.read(path) { journal.read($0, emit) }
            }
        case .embedded: try SQLiteJournal(path: "\(folder)/tocsin.db").read(emit)
        }
    }
}
