internal import Monitoring
internal import Notifications
internal import Testing

/// What every ``ChannelStore`` must do.
package enum ChannelStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("keeps every setting of a channel", keepsSettings),
        ConformanceCase("refuses a name that is taken", refusesTakenName),
        ConformanceCase("an update raises the revision, and puts a disabled channel in use again", updates),
        ConformanceCase("a removed channel is gone", removes),
    ]

    private static let webhook = ChannelSettings(
        name: "hook",
        type: .webhook,
        settings: ["url": "https://hook.example/", "secret": "whsec_abc"],
        events: ["site.*", "demo.hello"],
        tags: ["prod"],
        paused: true
    )

    private static func keepsSettings(_ fixture: StoreFixture) async throws {
        let hook = try await fixture.channels.add(webhook, by: author)
        let console = try await fixture.channels.add(ChannelSettings(name: "console", type: .console), by: author)
        #expect(hook.settings == webhook)
        #expect(hook.revision == 1)
        #expect(hook.createdAt == fixture.time.now())
        #expect(try await fixture.channels.channels() == [hook, console])
        #expect(try await fixture.channels.channel(hook.id) == hook)
        #expect(try await fixture.channels.channel(ChannelID(rawValue: 99)) == nil)
    }

    private static func refusesTakenName(_ fixture: StoreFixture) async throws {
        let hook = try await fixture.channels.add(webhook, by: author)
        try await expectStoreError(.conflict) { _ = try await fixture.channels.add(webhook, by: author) }
        let other = try await fixture.channels.add(ChannelSettings(name: "other", type: .console), by: author)
        try await expectStoreError(.conflict) {
            _ = try await fixture.channels.update(other.id, to: webhook, revision: nil, by: author)
        }
        #expect(try await fixture.channels.channels() == [hook, other])
    }

    private static func updates(_ fixture: StoreFixture) async throws {
        let hook = try await fixture.channels.add(webhook, by: author)
        try await fixture.channels.disable(hook.id, reason: "answered 410")
        #expect(try await fixture.channels.channel(hook.id)?.disabledReason == "answered 410")
        fixture.time.advance(by: .seconds(3))
        var settings = webhook
        settings.name = "renamed"
        settings.settings = ["url": "https://new.example/"]
        let changed = settings
        let updated = try await fixture.channels.update(hook.id, to: changed, revision: 1, by: author)
        #expect(updated.revision == 2)
        #expect(updated.settings == changed)
        #expect(updated.disabledReason == nil)
        #expect(updated.updatedAt == fixture.time.now())
        #expect(try await fixture.channels.channel(hook.id) == updated)
        try await expectStoreError(.conflict) {
            _ = try await fixture.channels.update(hook.id, to: webhook, revision: 1, by: author)
        }
        try await expectStoreError(.notFound) {
            _ = try await fixture.channels.update(ChannelID(rawValue: 99), to: webhook, revision: nil, by: author)
        }
    }

    private static func removes(_ fixture: StoreFixture) async throws {
        let hook = try await fixture.channels.add(webhook, by: author)
        try await fixture.channels.remove(hook.id, by: author)
        #expect(try await fixture.channels.channels().isEmpty)
        try await expectStoreError(.notFound) { try await fixture.channels.remove(hook.id, by: author) }
        try await expectStoreError(.notFound) { try await fixture.channels.disable(hook.id, reason: "gone") }
        let again = try await fixture.channels.add(webhook, by: author)
        #expect(again.id > hook.id, "a number is never given twice")
    }
}
