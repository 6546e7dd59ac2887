package import Monitoring

/// The number of a channel.
package typealias ChannelID = Identifier<RegisteredChannel>

/// A way to tell people, as it is registered.
package struct RegisteredChannel: Sendable, Equatable, Identifiable {
    package let id: ChannelID
    package let revision: Int
    package let settings: ChannelSettings
    /// Why Tocsin itself has disabled it (a 410 from its receiver); nil while it is in use.
    package let disabledReason: String?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package init(
        id: ChannelID,
        revision: Int,
        settings: ChannelSettings,
        disabledReason: String? = nil,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.revision = revision
        self.settings = settings
        self.disabledReason = disabledReason
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What a user says of a channel.
package struct ChannelSettings: Sendable, Equatable {
    /// Unique among the channels.
    package var name: String
    package var type: ChannelType
    /// The type's own settings, such as `url`; those that its ``ChannelType`` calls secret never leave the process in the clear.
    package var settings: [String: String]
    /// Patterns of the event types that it wants, such as `site.*`.
    package var events: [String]
    /// Where not empty, only events with one of these tags.
    package var tags: [String]
    package var paused: Bool

    package init(
        name: String,
        type: ChannelType,
        settings: [String: String] = [:],
        events: [String] = ["*"],
        tags: [String] = [],
        paused: Bool = false
    ) {
        self.name = name
        self.type = type
        self.settings = settings
        self.events = events
        self.tags = tags
        self.paused = paused
    }
}

/// The kinds of channels that there are.
package enum ChannelType: String, Sendable, Codable, CaseIterable {
    case webhook
    case slack
    case ntfy
    case console
}

/// The registered channels.
///
/// Secrets are kept encrypted.
/// Every method may throw ``StoreError``; a change that throws has changed nothing. Every change records its author.
package protocol ChannelStore: Sendable {
    /// Adds a channel.
    ///
    /// - Throws: `conflict` where the name is taken.
    func add(_ settings: ChannelSettings, by author: Author) async throws -> RegisteredChannel

    /// Replaces a channel's settings, and puts a disabled one in use again.
    func update(
        _ id: ChannelID,
        to settings: ChannelSettings,
        revision: Int?,
        by author: Author
    ) async throws -> RegisteredChannel

    /// Deletes a channel; what waits for it becomes a dead letter.
    func remove(_ id: ChannelID, by author: Author) async throws

    /// Takes a channel out of use, because its receiver said that it is gone.
    func disable(_ id: ChannelID, reason: String) async throws

    /// All channels, in the order of their ids. There are never many.
    func channels() async throws -> [RegisteredChannel]

    /// The channel, if it is registered.
    func channel(_ id: ChannelID) async throws -> RegisteredChannel?
}
