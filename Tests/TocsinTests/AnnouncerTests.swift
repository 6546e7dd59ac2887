internal import Logging
internal import Monitoring
internal import Notifications
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import Tocsin

@Suite struct AnnouncerTests {
    private final class Screen: Sendable {
        private let texts = Mutex((output: "", errors: ""))

        var output: [String] { lines(texts.withLock { $0.output }) }
        var errors: [String] { lines(texts.withLock { $0.errors }) }

        func terminal(isInteractive: Bool = false) -> Terminal {
            Terminal(
                isInteractive: isInteractive,
                hasInteractiveErrors: isInteractive,
                environment: [:],
                output: { text in self.texts.withLock { $0.output += text } },
                errors: { text in self.texts.withLock { $0.errors += text } }
            )
        }

        private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
    }

    private let time = ManualTime(Timestamp(milliseconds: 1_764_023_400_123))
    private let start = Announcer.Start(
        roles: [.api, .pusher],
        database: "sqlite:tocsin.db",
        broker: "embedded",
        region: "default",
        dashboard: "http://127.0.0.1:8080/",
        socket: "tocsin.sock",
        sites: 1,
        channels: ["console"]
    )

    private func observation(_ failure: String? = nil) -> Observation {
        Observation(
            verdict: failure == nil ? .up : .down,
            phases: Phases(total: .milliseconds(143)),
            failure: failure.map { CheckFailure(phase: .connect, message: $0) }
        )
    }

    @Test func `the start says what it runs on, where the dashboard is and how to add a channel`() {
        let screen = Screen()
        Announcer(terminal: screen.terminal(), format: .text, time: time).started(start)
        #expect(
            screen.output == [
                "Tocsin 0.1.0 runs pusher, api on sqlite:tocsin.db, broker embedded, region default.",
                "Dashboard: http://127.0.0.1:8080/", "Channels: console",
                "Add a channel: tocsin channels add webhook --name NAME --set url=https://example.com/hook",
            ]
        )
        #expect(screen.errors.isEmpty)
    }

    @Test func `a socket that another server has is told`() {
        let screen = Screen()
        var start = start
        start.socket = nil
        Announcer(terminal: screen.terminal(), format: .text, time: time).started(start)
        #expect(screen.output.contains { $0.hasPrefix("Another server has the socket") })
    }

    @Test func `a process without the API says nothing of a socket, which it never wanted`() {
        let screen = Screen()
        var start = start
        start.roles = [.notifier]
        start.socket = nil
        Announcer(terminal: screen.terminal(), format: .text, time: time).started(start)
        #expect(!screen.output.isEmpty && !screen.output.contains { $0.contains("socket") })
    }

    @Test func `the token has a line of its own`() {
        let screen = Screen()
        Announcer(terminal: screen.terminal(), format: .text, time: time).token("tocsin_abc")
        #expect(screen.output == ["token: tocsin_abc"])
    }

    @Test func `each site's first result is told, and no later one`() {
        let screen = Screen()
        let announcer = Announcer(terminal: screen.terminal(), format: .text, time: time)
        announcer.result(site: SiteID(rawValue: 1), url: "https://swift.org", observation())
        announcer.result(site: SiteID(rawValue: 1), url: "https://swift.org", observation("gone"))
        announcer.result(site: SiteID(rawValue: 2), url: "https://b.example", observation("connection refused"))
        #expect(screen.output == ["https://swift.org up, 143 ms", "https://b.example down: connection refused"])
    }

    @Test func `the first results of thousands of sites don't fill the terminal, nor the memory`() {
        let screen = Screen()
        let announcer = Announcer(terminal: screen.terminal(), format: .text, time: time)
        for id in 1...5_000 { announcer.result(site: SiteID(rawValue: Int64(id)), url: "https://\(id)", observation()) }
        #expect(screen.output.count == Announcer.mostFirstResults + 1)
        #expect(screen.output.last == "The first results of more sites are on the dashboard.")
    }

    @Test func `a transition is one line with its reason, its recovery with how long it took`() {
        let screen = Screen()
        let announcer = Announcer(terminal: screen.terminal(), format: .text, time: time)
        var transition = Transition(
            kind: .down,
            site: SiteID(rawValue: 1),
            name: "shop\u{1B}[2J",
            url: "https://a",
            at: time.now(),
            failure: CheckFailure(phase: .status, message: "status 500, expected 200-299"),
            startedAt: time.now()
        )
        announcer.transition(transition)
        transition.kind = .up
        transition.failure = nil
        transition.endedAt = time.now() + .milliseconds(181_500)
        announcer.transition(transition)
        #expect(
            screen.output == [
                "22:30:00 site.down shop\u{FFFD}[2J: status 500, expected 200-299",
                "22:30:00 site.up shop\u{FFFD}[2J after 181s",
            ]
        )
    }

    @Test func `a delivery is one line that says what came of it`() throws {
        let screen = Screen()
        let announcer = Announcer(terminal: screen.terminal(), format: .text, time: time)
        var attempt = DeliveryAttempt(
            event: try #require(EventID(rawValue: "e1")),
            eventType: "site.down",
            channel: nil,
            attempt: 1,
            at: time.now(),
            duration: .milliseconds(87),
            result: .sent
        )
        announcer.delivery(attempt, channel: "ops")
        attempt.result = .retry
        attempt.error = "status 503"
        attempt.next = time.now() + .milliseconds(4_800)
        announcer.delivery(attempt, channel: "ops")
        attempt.result = .dead
        announcer.delivery(attempt, channel: "ops")
        #expect(
            screen.output == [
                "22:30:00 sent site.down to ops, 87 ms",
                "22:30:00 not sent site.down to ops: status 503; tried again in 5s",
                "22:30:00 given up site.down to ops: status 503; see `tocsin dead-letters list`",
            ]
        )
    }

    @Test func `as JSON everything is one object a line on standard error`() throws {
        let screen = Screen()
        let announcer = Announcer(terminal: screen.terminal(isInteractive: true), format: .json, time: time)
        announcer.started(start)
        announcer.token("tocsin_abc")
        announcer.draining(within: .seconds(10))
        announcer.ended()
        #expect(screen.output.isEmpty)
        let objects = try screen.errors.map { try JSON(parsing: $0) }
        #expect(objects.map { $0["message"] } == ["started", "first token", "draining", "ended"])
        #expect(objects.first?["time"] == "2025-11-24T22:30:00.123Z")
        #expect(objects.first?["roles"] == ["pusher", "api"])
        #expect(objects[1]["token"] == "tocsin_abc")
    }

    private func logged(_ format: LogFormat, _ body: (inout Logger) -> Void) -> [String] {
        let screen = Screen()
        let terminal = screen.terminal()
        var logger = Logger(label: "tocsin.pusher") { label in
            LineLogHandler(
                label: label,
                level: .info,
                format: format,
                time: time,
                write: { terminal.writeError($0) }
            )
        }
        body(&logger)
        return screen.errors
    }

    @Test func `a message is one line: time, level, text, values`() {
        let lines = logged(.text) { logger in
            logger[metadataKey: "region"] = "default"
            logger.info("Tick pushed", metadata: ["sites": "5000", "error": "a \"b\"\nc"])
            logger.debug("Not shown")
            logger.warning("Waits")
        }
        #expect(
            lines == [
                "2025-11-24T22:30:00.123Z info  Tick pushed error=\"a \\\"b\\\" c\" region=default sites=5000",
                "2025-11-24T22:30:00.123Z WARN  Waits region=default",
            ]
        )
    }

    @Test func `a message as JSON keeps its values apart from its own fields`() throws {
        let lines = logged(.json) { logger in
            logger.error("Lost", metadata: ["time": "now", "count": .stringConvertible(7), "ids": ["1", "2"]])
        }
        #expect(
            try lines.map { try JSON(parsing: $0) } == [
                [
                    "time": "2025-11-24T22:30:00.123Z", "level": "error", "logger": "tocsin.pusher", "message": "Lost",
                    "count": 7, "ids": ["1", "2"], "time_": "now",
                ]
            ]
        )
    }
}
