internal import Foundation
internal import Monitoring
internal import Notifications
internal import Synchronization

/// Tells whoever started the server what it does: where it runs, each site's first result, each transition and delivery.
///
/// Plain lines on standard output; with `log.format=json` each is an object on standard error, among the log's.
final class Announcer: Sendable {
    /// What a server runs on.
    struct Start: Sendable, Equatable {
        var roles: Set<Role>
        var database: String
        var broker: String
        var region: String
        /// Where the dashboard is, such as `http://127.0.0.1:8080/`; nil without the role `api`.
        var dashboard: String?
        /// The path of the socket; nil where another server has it.
        var socket: String?
        /// How many sites are registered.
        var sites: Int
        /// The channels that there are, by name.
        var channels: [String]
    }

    /// Most sites whose first result is told; of thousands nobody could read it.
    static let mostFirstResults = 50

    private let terminal: Terminal
    private let format: LogFormat
    private let time: any TimeSource
    /// Whether the console channel says what has changed, so that it need not be said twice.
    private let hasConsole: Bool
    private let seen = Mutex<Set<SiteID>>([])

    init(
        terminal: Terminal = .standard(),
        format: LogFormat,
        time: any TimeSource = SystemTime(),
        hasConsole: Bool = false
    ) {
        self.hasConsole = hasConsole
        self.terminal = terminal
        self.format = format
        self.time = time
    }

    /// Tells that the server runs, on what, and what to do next.
    func started(_ start: Start) {
        let roles = Role.allCases.filter(start.roles.contains).map(\.rawValue)
        tell(
            "started",
            [
                ("roles", .array(roles.map(JSON.string))), ("database", .string(start.database)),
                ("broker", .string(start.broker)), ("region", .string(start.region)),
                ("dashboard", JSON(start.dashboard)), ("socket", JSON(start.socket)), ("sites", JSON(start.sites)),
            ]
        ) { terminal in
            var lines = [
                terminal.paint("Tocsin \(TocsinVersion.current)", .bold)
                    + " runs \(roles.joined(separator: ", ")) on \(start.database), broker \(start.broker), region \(start.region)."
            ]
            if let dashboard = start.dashboard { lines.append("Dashboard: \(terminal.paint(dashboard, .bold))") }
            if start.socket == nil, start.roles.contains(.api) {
                lines.append("Another server has the socket; commands here need --server or TOCSIN_URL for this one.")
            }
            if start.roles.contains(.api), start.sites == 0 {
                lines.append("No sites yet. Add one: tocsin sites add https://example.com")
            }
            let names = start.channels.map { Printable.text($0, atMost: 60) }.joined(separator: ", ")
            lines.append(start.channels.isEmpty ? "No channels yet: nobody will be told." : "Channels: \(names)")
            lines.append("Add a channel: tocsin channels add webhook --name NAME --set url=https://example.com/hook")
            return lines
        }
    }

    /// Tells the first token, once; it can't be read again.
    func token(_ token: String) {
        tell("first token", [("token", .string(token))]) { _ in ["token: \(token)"] }
    }

    /// Tells the link that signs in once.
    func signIn(at link: String) {
        tell("sign-in link", [("link", .string(link))]) { _ in ["Dashboard, signed in once within an hour: \(link)"] }
    }

    /// Tells the secret that was made for a webhook, once.
    func webhookSecret(_ secret: String, channel: String) {
        tell("webhook channel made", [("channel", .string(channel)), ("secret", .string(secret))]) { _ in
            ["webhook secret of \(Printable.text(channel, atMost: 200)): \(secret)"]
        }
    }

    /// Tells the first result of a site, and none of the later ones.
    func result(site: SiteID, url: String, _ observation: Observation) {
        let (isFirst, count) = seen.withLock { seen in
            guard seen.count <= Self.mostFirstResults else { return (false, seen.count) }
            return (seen.insert(site).inserted, seen.count)
        }
        guard isFirst else { return }
        guard count <= Self.mostFirstResults else {
            tell("more first results", []) { _ in ["The first results of more sites are on the dashboard."] }
            return
        }
        let milliseconds = observation.phases.total?.milliseconds
        tell(
            "first result",
            [
                ("site", .string(site.description)), ("url", .string(url)),
                ("verdict", .string(observation.verdict.rawValue)), ("totalMs", milliseconds.map { JSON($0) } ?? .null),
                ("error", JSON(observation.failure?.message)),
            ]
        ) { terminal in
            let verdict = observation.verdict.rawValue
            let state = Columns.colour(verdict).map { terminal.paint(verdict, $0) } ?? verdict
            let why = observation.failure.map { ": \(Printable.text($0.message, atMost: 300))" }
            return ["\(Printable.text(url)) \(state)" + (why ?? milliseconds.map { ", \($0) ms" } ?? "")]
        }
    }

    /// Tells a transition.
    func transition(_ transition: Transition) {
        let duration = transition.startedAt.flatMap { start in transition.endedAt.map { $0 - start } }
        tell(
            "transition",
            [
                ("type", .string(transition.kind.rawValue)), ("site", .string(transition.site.description)),
                ("name", .string(transition.name)), ("url", .string(transition.url)),
                ("incident", JSON(transition.incident?.description)), ("error", JSON(transition.failure?.message)),
            ]
        ) { terminal in
            let kind = transition.kind.rawValue
            let colour: Terminal.Colour =
                switch transition.kind {
                case .down: .red
                case .up: .green
                case .degraded, .certificateExpiring: .yellow
                }
            var line = "\(terminal.paint(kind, colour)) \(Printable.text(transition.name, atMost: 200))"
            if let failure = transition.failure { line += ": \(Printable.text(failure.message, atMost: 300))" }
            if let duration { line += " after \(Duration.seconds(duration.milliseconds / 1_000).text)" }
            return ["\(time.now().timeOfDay) \(line)"]
        }
    }

    /// Tells what came of an attempt to deliver.
    func delivery(_ attempt: DeliveryAttempt, channel: String) {
        tell(
            "delivery",
            [
                ("event", .string(attempt.event.rawValue)), ("type", .string(attempt.eventType)),
                ("channel", .string(channel)), ("attempt", JSON(attempt.attempt)),
                ("result", .string(attempt.result.rawValue)),
                ("statusCode", attempt.statusCode.map { JSON($0) } ?? .null), ("error", JSON(attempt.error)),
            ]
        ) { terminal in
            let what = "\(Printable.text(attempt.eventType, atMost: 100)) to \(Printable.text(channel, atMost: 60))"
            let why = attempt.error.map { ": \(Printable.text($0, atMost: 300))" } ?? ""
            let line =
                switch attempt.result {
                case .sent: "\(terminal.paint("sent", .green)) \(what), \(attempt.duration.milliseconds) ms"
                case .retry: "\(terminal.paint("not sent", .yellow)) \(what)\(why); tried again\(self.wait(attempt))"
                case .dead: "\(terminal.paint("given up", .red)) \(what)\(why); see `tocsin dead-letters list`"
                case .unrouted: "\(Printable.text(attempt.eventType, atMost: 100)) is wanted by no channel"
                }
            return ["\(time.now().timeOfDay) \(line)"]
        }
    }

    /// Tells that the server was asked to end.
    func draining(within grace: Duration) {
        tell("draining", [("grace", .string(grace.text))]) { _ in
            ["Ending: what is held is finished, for at most \(grace.text)."]
        }
    }

    /// Tells that the server has ended.
    func ended() {
        tell("ended", []) { _ in ["Ended; nothing was lost."] }
    }

    private func wait(_ attempt: DeliveryAttempt) -> String {
        guard let next = attempt.next else { return "" }
        let seconds = max(0, ((next - time.now()).milliseconds + 999) / 1_000)
        return " in \(Duration.seconds(seconds).text)"
    }

    private func tell(_ message: String, _ fields: [(String, JSON)], _ lines: (Terminal) -> [String]) {
        switch format {
        case .text: for line in lines(terminal) { terminal.print(line) }
        case .json:
            let members: [JSON.Member] = [
                .init("time", .string(time.now().rfc3339)), .init("level", "notice"),
                .init("logger", "tocsin"), .init("message", .string(message)),
            ]
            terminal.printError(JSON.object(members + fields.map { .init($0.0, $0.1) }).text)
        }
    }
}

extension Announcer {
    /// Tells first results and transitions of what was just committed.
    func recorded(_ records: [RecordedResult]) {
        for record in records {
            guard case .recorded(let transitions) = record.outcome else { continue }
            result(site: record.site.id, url: record.site.settings.url, record.result.observation)
            if !hasConsole { for transition in transitions { self.transition(transition) } }
        }
    }
}
