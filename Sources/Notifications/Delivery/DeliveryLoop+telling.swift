internal import Logging
internal import Monitoring

extension DeliveryLoop {
    /// Counts the channels that are left alone, by type.
    func tellOpenCircuits() {
        guard let snapshot else { return }
        let types = ledger.slots.openCircuits.compactMap { snapshot.channels[$0]?.settings.type }
        metrics.circuitsAreOpen(Dictionary(types.map { ($0, 1) }, uniquingKeysWith: +))
    }

    /// Writes one line, and one row of history, for an attempt.
    func tell(_ work: DeliveryWork, _ finished: FinishedWork, _ end: DeliveryDecision.End) {
        let outcome = finished.outcome
        var attempt = DeliveryAttempt(
            event: work.message.id,
            eventType: work.message.event.type,
            channel: work.channel.id,
            attempt: work.attempts + 1,
            at: finished.startedAt,
            duration: finished.endedAt - finished.startedAt,
            result: .sent,
            statusCode: outcome.statusCode,
            response: outcome.response?.cut(toBytes: ChannelTransport.maximumResponse),
            error: outcome.error
        )
        var metadata: Logger.Metadata = [
            "event": "\(work.message.id)", "type": "\(work.message.event.type)",
            "channel": "\(work.channel.settings.name)", "attempt": "\(attempt.attempt)",
            "ms": "\(attempt.duration.milliseconds)",
        ]
        if let status = outcome.statusCode { metadata["status"] = "\(status)" }
        if let error = outcome.error { metadata["error"] = "\(error)" }
        switch end {
        case .sent: logger.info("sent", metadata: metadata)
        case .retry(let delay, _):
            attempt.result = .retry
            attempt.next = finished.endedAt + delay
            metadata["next"] = "\((finished.endedAt + delay).rfc3339)"
            logger.info("not sent; will be tried again", metadata: metadata)
        case .dead(let reason):
            attempt.result = .dead
            attempt.error = reason
            metadata["reason"] = "\(reason)"
            logger.warning("not sent; is a dead letter", metadata: metadata)
        }
        metrics.ended(
            attempt,
            at: work.channel.settings.type,
            latency: finished.endedAt + clockOffset - work.message.time
        )
        attempts.append(attempt)
        // The recovery that the same message told has its row as well.
        if let successor = work.successor, case .sent = end {
            attempt.event = successor
            attempt.eventType = "site.up"
            attempt.attempt = 1
            attempts.append(attempt)
        }
    }

    /// Writes one line for a delivery that is buried without an attempt.
    func tell(_ held: HeldDelivery, _ type: String, deadBecause reason: String) {
        metrics.buried(at: snapshot?.channels[held.channel]?.settings.type)
        logger.warning(
            "not sent; is a dead letter",
            metadata: [
                "event": "\(held.event)", "type": "\(type)", "channel": "\(held.channel)", "reason": "\(reason)",
            ]
        )
        attempts.append(
            DeliveryAttempt(
                event: held.event,
                eventType: type,
                channel: held.channel,
                attempt: held.attempts,
                at: time.now(),
                duration: .zero,
                result: .dead,
                error: reason
            )
        )
    }

    /// Writes one line for an event that ends without a delivery.
    func tell(_ id: EventID, _ type: String, _ end: Completion.EventEnd) {
        var attempt = DeliveryAttempt(
            event: id,
            eventType: type,
            channel: nil,
            attempt: 0,
            at: time.now(),
            duration: .zero,
            result: .unrouted
        )
        switch end {
        case .unrouted:
            metrics.endedUnrouted()
            logger.info("no channel wants it", metadata: ["event": "\(id)", "type": "\(type)"])
        case .dead(let reason):
            attempt.result = .dead
            attempt.error = reason
            metrics.buried(at: nil)
            logger.warning(
                "an element of the queue is a dead letter",
                metadata: ["event": "\(id)", "type": "\(type)", "reason": "\(reason)"]
            )
        case .sent, .released: return
        }
        attempts.append(attempt)
    }
}
