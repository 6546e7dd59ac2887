internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// Checks a URL once, from here, without a server.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a URL now and show how long each phase took; exits 0 if it is up, 1 if it is down."
    )

    @Argument(help: "The URL to check.")
    var url: String

    @Option(help: "How long the check may take.")
    var timeout: String = "10s"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let url = try SiteArgument.checked(url)
        guard let timeout = Duration(text: timeout), timeout >= .milliseconds(100), timeout <= .seconds(300) else {
            throw CommandError(.usage, "--timeout must be a duration from 100ms to 300s, such as 10s.")
        }
        let target = ProbeTarget(settings: SiteSettings(url: url), timeout: timeout)
        let observation = try await CheckProbe.check(target)
        let terminal = Terminal.standard()
        switch OutputFormat.chosen(output.output, at: terminal) {
        case .json: terminal.print(ObservationReport(url: url, observation).json.text)
        case .table: for line in ObservationReport(url: url, observation).lines(terminal) { terminal.print(line) }
        }
        if observation.verdict == .down { throw ExitCode.failure }
    }
}
