import Monitoring
import Notifications
import Testing

@Suite struct RouterTests {
    private func channel(
        _ id: Int64,
        events: [String] = ["*"],
        tags: [String] = [],
        paused: Bool = false,
        disabled: String? = nil
    ) -> RegisteredChannel {
        RegisteredChannel(
            id: ChannelID(rawValue: id),
            revision: 1,
            settings: ChannelSettings(name: "c\(id)", type: .console, events: events, tags: tags, paused: paused),
            disabledReason: disabled,
            createdAt: Timestamp(milliseconds: 0),
            updatedAt: Timestamp(milliseconds: 0)
        )
    }

    private func ids(_ router: Router, _ event: Event) -> [Int64] { router.channels(for: event).map(\.id.rawValue) }

    @Test func `types and tags decide, paused channels included and disabled ones not`() {
        let router = Router([
            channel(1), channel(2, events: ["site.*", "order.paid"]), channel(3, tags: ["prod", "eu"]),
            channel(4, paused: true), channel(5, disabled: "gone"), channel(6, events: ["order.*"], tags: ["prod"]),
        ])
        #expect(ids(router, Event(type: "site.down")) == [1, 2, 4])
        #expect(ids(router, Event(type: "order.paid", tags: ["eu"])) == [1, 2, 3, 4])
        #expect(ids(router, Event(type: "order.sent", tags: ["x", "prod"])) == [1, 3, 4, 6])
        #expect(ids(Router([]), Event(type: "a")) == [])
    }
}
