internal import HTTPTypes
internal import Monitoring
internal import Notifications

/// What can be done with channels, by the API and by the dashboard alike.
struct ChannelActions: Sendable {
    let channels: any ChannelStore
    let testChannel: @Sendable (RegisteredChannel) async -> ChannelTest

    init(_ dependencies: WebDependencies) {
        channels = dependencies.channels
        testChannel = dependencies.testChannel
    }

    func channel(_ id: ChannelID) async throws -> RegisteredChannel {
        guard let channel = try await channels.channel(id) else { throw Problem.notFound("channel \(id)") }
        return channel
    }

    /// Replaces a channel's settings; as with sites, the revision that was read has to be the current one.
    func change(
        _ channel: RegisteredChannel,
        to settings: ChannelSettings,
        isConditional: Bool,
        by author: Author
    ) async throws -> RegisteredChannel {
        guard settings != channel.settings || channel.disabledReason != nil else { return channel }
        do {
            return try await channels.update(channel.id, to: settings, revision: channel.revision, by: author)
        } catch let error as StoreError where error.code == .conflict {
            let now = try await self.channel(channel.id)
            guard now.revision != channel.revision else { throw error }
            if isConditional { throw EntityTag.outdated("channel", now: now.revision) }
            throw Problem(.conflict, "The channel was changed at the same moment; read it again and repeat the change.")
        }
    }
}
