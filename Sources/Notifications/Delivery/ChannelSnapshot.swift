internal import Monitoring

/// The channels as they were at one moment, ready to route and to send.
struct ChannelSnapshot: Sendable {
    let channels: [ChannelID: RegisteredChannel]
    let router: Router
    let loadedAt: Timestamp
    private let senders: [ChannelID: any Channel]

    /// Makes what has changed anew and keeps the rest.
    init(
        _ registered: [RegisteredChannel],
        loadedAt: Timestamp,
        previous: ChannelSnapshot?,
        make: (ChannelSettings) throws(FieldProblem) -> any Channel
    ) {
        var senders: [ChannelID: any Channel] = [:]
        for channel in registered {
            if let previous, previous.channels[channel.id]?.revision == channel.revision,
                let sender = previous.senders[channel.id]
            {
                senders[channel.id] = sender
                continue
            }
            do {
                senders[channel.id] = try make(channel.settings)
            } catch {
                senders[channel.id] = UnusableChannel(reason: error.detail)
            }
        }
        self.senders = senders
        self.loadedAt = loadedAt
        channels = Dictionary(registered.map { ($0.id, $0) }) { first, _ in first }
        router = Router(registered)
    }

    /// What sends for a channel.
    func sender(_ id: ChannelID) -> (any Channel)? { senders[id] }
}

/// Stands for a channel whose settings can't be used: its deliveries wait for better ones.
private struct UnusableChannel: Channel {
    let reason: String

    func send(_ message: Message) async -> SendOutcome {
        SendOutcome(.failed(retryAfter: nil), error: "The channel's settings can't be used: \(reason)")
    }
}
