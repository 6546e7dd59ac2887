internal import Monitoring
internal import Notifications
internal import Synchronization

/// The history of attempts, which also tells each attempt to whoever started the server.
final class AnnouncingDeliveryLog: DeliveryLog {
    private let log: any DeliveryLog
    private let channels: any ChannelStore
    private let announcer: Announcer
    /// The channels by number, as they were when one was last not among them.
    private let known = Mutex<[ChannelID: ChannelSettings]>([:])

    init(_ log: any DeliveryLog, channels: any ChannelStore, announcer: Announcer) {
        self.log = log
        self.channels = channels
        self.announcer = announcer
    }

    func append(_ attempts: [DeliveryAttempt]) async throws {
        for attempt in attempts {
            let settings: ChannelSettings? =
                if let id = attempt.channel { try await settings(of: id) } else { nil }
            // The line that the console channel wrote is the line of its delivery.
            if settings?.type == .console, attempt.result == .sent { continue }
            announcer.delivery(
                attempt,
                channel: settings?.name ?? attempt.channel.map { "channel \($0)" } ?? "no channel"
            )
        }
        try await log.append(attempts)
    }

    func attempts(event: EventID) async throws -> [DeliveryAttempt] { try await log.attempts(event: event) }

    func attempts(channel: ChannelID, limit: Int) async throws -> [DeliveryAttempt] {
        try await log.attempts(channel: channel, limit: limit)
    }

    func latestAttempts(of channels: [ChannelID]) async throws -> [ChannelID: DeliveryAttempt] {
        try await log.latestAttempts(of: channels)
    }

    func purgeAttempts(olderThan retention: Duration) async throws {
        try await log.purgeAttempts(olderThan: retention)
    }

    private func settings(of id: ChannelID) async throws -> ChannelSettings? {
        if let settings = known.withLock({ $0[id] }) { return settings }
        let all = try await channels.channels()
        known.withLock { known in for channel in all { known[channel.id] = channel.settings } }
        return known.withLock { $0[id] }
    }
}
