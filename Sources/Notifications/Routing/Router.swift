internal import Monitoring

/// Decides which channels want an event.
package struct Router: Sendable {
    private struct Route: Sendable {
        let channel: RegisteredChannel
        let patterns: [EventPattern]
        let tags: Set<String>
    }

    private let routes: [Route]

    /// Takes the channels in use; those that were disabled get nothing, paused ones do.
    package init(_ channels: [RegisteredChannel]) {
        routes = channels.filter { $0.disabledReason == nil }.map { channel in
            Route(
                channel: channel,
                patterns: channel.settings.events.compactMap(EventPattern.init),
                tags: Set(channel.settings.tags)
            )
        }
    }

    /// The channels that want an event, in the order of their ids.
    package func channels(for event: Event) -> [RegisteredChannel] {
        routes.filter { route in
            route.patterns.contains { $0.matches(event.type) }
                && (route.tags.isEmpty || event.tags.contains(where: route.tags.contains))
        }.map(\.channel)
    }
}
