internal import Monitoring
internal import Notifications

/// Where an event stands, as JSON.
enum EventDocument {
    /// Where an event and each of its deliveries stand.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - queued: What the queue knows; nil once it has forgotten the event.
    ///   - attempts: The history, oldest first.
    ///   - names: The names of channels that there are.
    /// - Returns: The document.
    static func json(
        _ id: EventID,
        queued: QueuedEvent?,
        attempts: [DeliveryAttempt],
        names: [ChannelID: String]
    ) -> JSON {
        var channels = queued?.deliveries.map(\.channel) ?? []
        for attempt in attempts {
            if let channel = attempt.channel, !channels.contains(channel) { channels.append(channel) }
        }
        let deliveries = channels.map { channel in
            delivery(
                channel,
                name: names[channel],
                queued: queued?.deliveries.first { $0.channel == channel },
                attempts: attempts.filter { $0.channel == channel }
            )
        }
        return .object([
            .init("id", .string(id.rawValue)),
            .init("type", JSON(attempts.first?.eventType)),
            .init("state", .string(state(queued, attempts))),
            .init("deliveries", .array(deliveries)),
        ])
    }

    static func json(_ attempt: DeliveryAttempt) -> JSON {
        .object([
            .init("event", .string(attempt.event.rawValue)),
            .init("attempt", JSON(attempt.attempt)),
            .init("at", .string(attempt.at.rfc3339)),
            .init("durationMs", JSON(attempt.duration.milliseconds)),
            .init("result", .string(attempt.result.rawValue)),
            .init("statusCode", attempt.statusCode.map { JSON($0) } ?? .null),
            .init("response", JSON(attempt.response)),
            .init("error", JSON(attempt.error)),
            .init("next", JSON(attempt.next?.rfc3339)),
        ])
    }

    private static func state(_ queued: QueuedEvent?, _ attempts: [DeliveryAttempt]) -> String {
        if let queued { return queued.state.rawValue }
        return attempts.contains { $0.result == .unrouted } ? "unrouted" : "ended"
    }

    private static func delivery(
        _ channel: ChannelID,
        name: String?,
        queued: QueuedEvent.Delivery?,
        attempts: [DeliveryAttempt]
    ) -> JSON {
        let last = attempts.last
        let state = queued?.state.rawValue ?? (last?.result == .retry ? "pending" : last?.result.rawValue ?? "pending")
        return .object([
            .init("channel", .string(channel.description)),
            .init("channelName", JSON(name)),
            .init("state", .string(state)),
            .init("attempts", JSON(max(queued?.attempts ?? 0, attempts.count))),
            .init("due", JSON(queued?.due?.rfc3339)),
            .init("history", .array(attempts.map(json))),
        ])
    }
}
