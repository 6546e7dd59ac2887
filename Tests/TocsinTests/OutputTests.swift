internal import ArgumentParser
internal import Monitoring
internal import Notifications
internal import Synchronization
internal import Testing

@testable internal import Tocsin

@Suite struct OutputTests {
    private final class Screen: Sendable {
        private let texts = Mutex((output: "", errors: ""))

        var output: String { texts.withLock { $0.output } }
        var errors: String { texts.withLock { $0.errors } }

        func terminal(isInteractive: Bool, environment: [String: String] = [:]) -> Terminal {
            Terminal(
                isInteractive: isInteractive,
                hasInteractiveErrors: isInteractive,
                environment: environment,
                output: { text in self.texts.withLock { $0.output += text } },
                errors: { text in self.texts.withLock { $0.errors += text } }
            )
        }
    }

    private let columns = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("NAME") { $0["name"]?.cell ?? "–" },
        Table.Column("STATE", colour: Columns.colour) { $0["state"]?.cell ?? "–" },
    ]

    @Test func `the columns of a table stand below each other, wide characters included`() {
        let screen = Screen()
        var table = Table(columns, terminal: screen.terminal(isInteractive: false))
        table.write([
            ["id": "7", "name": "日本", "state": "up"], ["id": "12", "name": "Swift", "state": "down"],
            ["id": "3", "name": .null, "state": "paused"],
        ])
        #expect(
            screen.output == """
                ID  NAME   STATE
                 7  日本   up
                12  Swift  down
                 3  –      paused

                """
        )
    }

    @Test func `the titles are written once, and nothing at all of nothing`() {
        let screen = Screen()
        var table = Table(columns, terminal: screen.terminal(isInteractive: false))
        table.write([])
        #expect(screen.output.isEmpty)
        table.write([["id": "1", "name": "a", "state": "up"]])
        table.write([["id": "2", "name": "b", "state": "up"]])
        #expect(screen.output.split(separator: "\n").count == 3)
    }

    @Test func `colour is for terminals only, and not where NO_COLOR is set`() {
        let screen = Screen()
        #expect(screen.terminal(isInteractive: true).paint("up", .green) == "\u{1B}[32mup\u{1B}[0m")
        #expect(screen.terminal(isInteractive: false).paint("up", .green) == "up")
        #expect(screen.terminal(isInteractive: true, environment: ["NO_COLOR": "1"]).paint("up", .green) == "up")
        #expect(screen.terminal(isInteractive: true, environment: ["TERM": "dumb"]).paint("up", .green) == "up")
    }

    @Test func `a name can't move the cursor or hide what it is`() {
        #expect(Printable.text("a\u{1B}[31mb\nc\u{202E}d") == "a\u{FFFD}[31mb c\u{FFFD}d")
        #expect(Printable.text("naïve – 日本 👩‍💻") == "naïve – 日本 👩‍💻")
        #expect(Printable.text("abcdef", atMost: 3) == "abc…")
    }

    @Test func `a list is a table at a terminal and JSON in a pipe, unless one is asked for`() {
        let screen = Screen()
        #expect(OutputFormat.chosen(nil, at: screen.terminal(isInteractive: true)) == .table)
        #expect(OutputFormat.chosen(nil, at: screen.terminal(isInteractive: false)) == .json)
        #expect(OutputFormat.chosen(.table, at: screen.terminal(isInteractive: false)) == .table)
    }

    @Test(arguments: [0, 1, 5])
    func `a list of any length is one JSON array`(_ count: Int) throws {
        let screen = Screen()
        var printer = RecordPrinter(columns, format: .json, terminal: screen.terminal(isInteractive: false))
        let records: [JSON] = (0..<count).map { ["id": JSON($0)] }
        for record in records { printer.write([record]) }
        printer.finish(nothing: "Nothing.")
        #expect(try JSON(parsing: screen.output) == .array(records))
    }

    @Test func `progress is shown to people only`() {
        let piped = Screen()
        var line = ProgressLine(piped.terminal(isInteractive: false))
        line.show("half")
        line.clear()
        #expect(piped.errors.isEmpty)
        let watched = Screen()
        var shown = ProgressLine(watched.terminal(isInteractive: true))
        shown.show("half")
        shown.clear()
        #expect(watched.errors.contains("half"))
        #expect(watched.output.isEmpty)
    }

    @Test func `errors end the process with the statuses of the contract`() {
        #expect(CommandError.status(of: CommandError(.usage, "")) == 64)
        #expect(CommandError.status(of: CommandError(.unavailable, "")) == 69)
        #expect(CommandError.status(of: CommandError(.failure, "")) == 1)
        #expect(CommandError.status(of: ConfigurationError("")) == 64)
        #expect(CommandError.status(of: ImportError(file: "", problems: [], isCut: false)) == 1)
        #expect(CommandError.status(of: ExitCode(7)) == 7)
    }

    @Test(arguments: [
        ["--nonsense"], ["sites", "list", "--output", "xml"], ["sites", "add"], ["nonsense"],
        ["sites", "list", "--limit", "0"],
        ["dead-letters", "replay"], ["dead-letters", "replay", "1", "--all"], ["tokens", "create", "ci"],
    ])
    func `wrong usage ends with 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Tocsin.parseAsRoot(arguments) }
        if let error { #expect(Tocsin.exitCode(for: error).rawValue == 64) }
    }

    @Test func `a check is shown phase by phase, each where it lies within the whole`() {
        let observation = Observation(
            verdict: .up,
            phases: Phases(
                dns: .milliseconds(10),
                connect: .milliseconds(10),
                firstByte: .milliseconds(20),
                total: .milliseconds(143)
            ),
            statusCode: 200
        )
        let lines = ObservationReport(url: "https://swift.org", observation)
            .lines(Screen().terminal(isInteractive: false))
        let ten = String(repeating: "█", count: 10)
        #expect(
            lines == [
                "https://swift.org up, 143 ms, status 200",
                "  DNS         10 ms  \(ten)",
                "  connect     10 ms  \(String(repeating: " ", count: 10))\(ten)",
                "  first byte  20 ms  \(String(repeating: " ", count: 20))\(ten)\(ten)",
            ]
        )
    }

    @Test func `a check as JSON has every field, null where there is nothing`() {
        let observation = Observation(
            verdict: .down,
            phases: Phases(dns: .microseconds(1_500)),
            failure: CheckFailure(phase: .connect, message: "refused")
        )
        let json = ObservationReport(url: "https://a", observation).json
        #expect(json["verdict"] == "down")
        #expect(json["phases"]?["dnsMs"] == .number("1.5"))
        #expect(json["phases"]?["totalMs"] == .null)
        #expect(json["failure"]?["message"] == "refused")
    }
}
