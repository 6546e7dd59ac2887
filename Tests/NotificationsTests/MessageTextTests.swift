import Monitoring
import Testing

@testable import Notifications

@Suite struct MessageTextTests {
    private let start = Timestamp(milliseconds: 1_772_366_400_000)

    private func text(_ event: Event, recovery: Timestamp? = nil) -> MessageText {
        MessageText(
            Message(
                id: .made(at: SystemTime().now()),
                event: event,
                time: start,
                recovery: recovery.map(Message.Recovery.init(endedAt:))
            )
        )
    }

    private func transition(_ kind: Transition.Kind, endedAt: Timestamp? = nil) -> Transition {
        Transition(
            kind: kind,
            site: SiteID(rawValue: 7),
            name: "shop",
            url: "https://shop.example",
            regions: ["default"],
            at: start,
            failure: CheckFailure(phase: .connect, message: "connection refused by 192.0.2.7:443"),
            incident: IncidentID(rawValue: 3),
            startedAt: start,
            endedAt: endedAt,
            certificateEndsAt: kind == .certificateExpiring ? start + .seconds(13 * 86_400) : nil
        )
    }

    @Test func `an alert says what, why and since when`() {
        let text = text(Event(transition(.down)))
        #expect(text.urgency == .alert)
        #expect(text.title == "shop is down")
        #expect(
            text.body
                == "Connection refused by 192.0.2.7:443.\nDown since 2026-03-01 12:00:00 UTC.\nhttps://shop.example"
        )
        #expect(text.link == "https://shop.example")
    }

    @Test func `a recovery says how long it lasted`() {
        let text = text(Event(transition(.up, endedAt: start + .seconds(200))))
        #expect(text.urgency == .recovery)
        #expect(text.title == "shop is up again")
        #expect(
            text.body.hasPrefix("It was down for 3 min 20 s, from 2026-03-01 12:00:00 UTC to 2026-03-01 12:03:20 UTC.")
        )
    }

    @Test func `an alert that comes too late tells of the recovery as well`() {
        let text = text(Event(transition(.down)), recovery: start + .seconds(3_600))
        #expect(text.urgency == .recovery)
        #expect(text.title == "shop was down and is up again")
        #expect(text.body.contains("down for 1 h") && text.body.contains("Connection refused"))
    }

    @Test func `the other events have their words`() {
        #expect(text(Event(transition(.certificateExpiring))).title == "The certificate of shop expires in 13 d")
        #expect(text(Event(transition(.degraded))).title == "shop is degraded")
        let paid = text(Event(type: "order.paid", subject: "17", data: ["message": "Paid by card"]))
        #expect(paid.title == "order.paid: 17")
        #expect(paid.body == "Paid by card")
        #expect(text(Event(type: "a", data: ["n": 1])).body == #"{"n":1}"#)
        #expect(text(Event(type: "a", data: [:])).body == "")
    }

    @Test func `text is cut between characters, with an ellipsis`() {
        #expect("abcdef".cut(toCharacters: 6) == "abcdef")
        #expect("abcdefg".cut(toCharacters: 6) == "abcde…")
        // A family is one character of 25 bytes, and the ellipsis is one of three.
        let family = "👨‍👩‍👧‍👦"
        #expect("\(family)\(family)".cut(toBytes: 49) == "\(family)…")
        #expect("\(family)x".cut(toBytes: 20) == "…")
    }

    @Test func `an event of Tocsin itself holds what the contract names`() {
        let data = Event(transition(.down)).data
        for name in ["url", "name", "regions", "error", "phase", "statusCode", "startedAt", "endedAt", "incidentId"] {
            #expect(data?[name] != nil, "\(name)")
        }
        #expect(data?["incidentId"] == "3")
        #expect(Event(transition(.down)).subject == "7")
    }
}
