internal import Logging
internal import Monitoring

extension DeliveryLoop {
    /// A burial is some 25 commands in a broker that does nothing else meanwhile: 256 took it 40 ms and more.
    private static let burialBatch = 64
    /// So many batches at a time, so that a large backlog holds up nothing else.
    private static let mostBatches = 8

    /// Buries what waits for channels that are deleted or disabled, and what a paused one has held past its deadline.
    ///
    /// The others' deliveries are buried by who claims them.
    mutating func buryWhatCannotBeSent() async throws {
        let backlogs = try await queue.backlogs()
        let moment = time.now()
        // Read later than the backlogs, so that a channel that is not there has been deleted.
        guard !backlogs.isEmpty, let snapshot = await directory.snapshot(notOlderThan: moment) else { return }
        for (id, backlog) in backlogs.sorted(by: { $0.key < $1.key }) where backlog > 0 {
            guard let (which, reason) = burial(at: id, snapshot) else { continue }
            var buried = 0
            for batch in 1...Self.mostBatches {
                let count = try await queue.bury(which, of: id, because: reason, limit: Self.burialBatch)
                buried += count
                if count < Self.burialBatch { break }
                // There is more; it has its turn after what else there is to do.
                if batch == Self.mostBatches { nextBurial = moment }
            }
            guard buried > 0 else { continue }
            metrics.buried(buried, at: snapshot.channels[id]?.settings.type)
            logger.warning(
                "what waited for a channel is dead letters",
                metadata: ["channel": "\(id)", "count": "\(buried)", "reason": "\(reason)"]
            )
        }
    }

    private func burial(at id: ChannelID, _ snapshot: ChannelSnapshot) -> (Burial, reason: String)? {
        guard let channel = snapshot.channels[id] else { return (.all, "The channel was deleted.") }
        if let reason = channel.disabledReason ?? directory.reasonForDisabling(id) {
            return (.all, "The channel is disabled: \(reason)")
        }
        return channel.settings.paused ? (.overdue, "The deadline has passed.") : nil
    }
}
