package import Foundation
internal import Monitoring
package import Notifications

/// A row of `channel`.
package struct ChannelFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var revision = 0
    package var name = ""
    package var type = ""
    /// Sealed; nil where there are none.
    package var settings: Data?
    /// Patterns as JSON.
    package var events = "[]"
    /// Tags as JSON.
    package var tags = "[]"
    package var paused = false
    package var disabledReason: String?
    package var createdAt: Int64 = 0
    package var updatedAt: Int64 = 0

    package init() {}

    /// What people set of a channel.
    package init(_ settings: ChannelSettings, _ secrets: SecretBox) throws {
        name = settings.name
        type = settings.type.rawValue
        self.settings = try secrets.seal(settings.settings, for: .channelSettings)
        events = try StoredJSON.text(settings.events)
        tags = try StoredJSON.text(settings.tags)
        paused = settings.paused
    }

    /// The channel as it is answered.
    package func channel(_ secrets: SecretBox) throws -> RegisteredChannel {
        guard let type = ChannelType(rawValue: type) else {
            throw StoreError(.unusable, "The channel \(name) is of the unknown type \(type); update this tocsin.")
        }
        return RegisteredChannel(
            id: ChannelID(rawValue: id),
            revision: revision,
            settings: ChannelSettings(
                name: name,
                type: type,
                settings: try secrets.open(settings, for: .channelSettings),
                events: try StoredJSON.value(from: events),
                tags: try StoredJSON.value(from: tags),
                paused: paused
            ),
            disabledReason: disabledReason,
            createdAt: Timestamp(milliseconds: createdAt),
            updatedAt: Timestamp(milliseconds: updatedAt)
        )
    }
}
