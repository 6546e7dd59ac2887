package import Monitoring

/// Sends a test message through one channel at once, beside the queue.
package struct ChannelTester: Sendable {
    /// The type of the event that is sent.
    package static let eventType = "tocsin.test"

    private let channels: any ChannelStore
    private let factory: ChannelFactory
    private let time: any TimeSource

    package init(channels: any ChannelStore, factory: ChannelFactory, time: any TimeSource) {
        self.channels = channels
        self.factory = factory
        self.time = time
    }

    /// Makes one attempt, whether the channel is paused or not.
    ///
    /// - Parameter id: The channel's.
    /// - Returns: What it came to.
    /// - Throws: ``StoreError``; `notFound` where there is no such channel.
    package func test(_ id: ChannelID) async throws -> SendOutcome {
        guard let channel = try await channels.channel(id) else {
            throw StoreError(.notFound, "There is no channel \(id); list the channels to find its id.")
        }
        let now = time.now()
        let event = Event(
            type: Self.eventType,
            subject: channel.settings.name,
            data: ["message": "This is a test of the channel \(channel.settings.name). All is well."],
            time: now.rfc3339,
            source: Event.ownSource
        )
        do {
            let sender = try factory.channel(channel.settings)
            return await sender.send(Message(id: .made(at: now), event: event, time: now))
        } catch {
            return SendOutcome(.refused, error: "The channel's settings can't be used: \(error.detail)")
        }
    }
}
