internal import ArgumentParser
internal import Foundation

/// Runs a server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run: watch sites, take events in, tell people.",
        discussion: """
            Every option is also an environment variable (--interval is TOCSIN_INTERVAL) and a key of the file that \
            --config names. An option wins over the environment, the environment over the file. docs/configuration.md \
            lists all settings; those without an option of their own are set with --set, such as \
            --set pusher.schedule=burst.
            """
    )

    @Argument(help: "Sites to watch; registered if they are not yet.")
    var urls: [String] = []

    @Option(help: "The roles of this process: pusher, monitor, api, notifier (default: all).")
    var roles: String?

    @Option(help: "Where everything is kept: sqlite:PATH or postgres://… (default: sqlite:tocsin.db).")
    var database: String?

    @Option(help: "What keeps the queues: embedded, redis://… or rediss://… (default: embedded).")
    var broker: String?

    @Option(help: "HOST:PORT of the API and the dashboard (default: 127.0.0.1:8080).")
    var listen: String?

    @Option(help: "The Unix socket for the other commands (default: tocsin.sock beside the database).")
    var socket: String?

    @Option(help: "The place that this process checks from (default: default).")
    var region: String?

    @Option(help: "How often sites are checked that set no interval: 3s, 5m, … (default: 60s).")
    var interval: String?

    @Option(help: "A URL to tell; a webhook channel is made for it if there is none.")
    var webhook: String?

    @Option(help: "A YAML file with settings.")
    var config: String?

    @Option(help: "How long work in hand may take to finish at the end (default: 10s).")
    var grace: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Any other setting.", valueName: "KEY=VALUE"))
    var settings: [String] = []

    func run() async throws {
        let urls = try SiteArgument.checked(urls)
        let configuration = try TocsinConfiguration(
            options: try options(),
            environment: ProcessInfo.processInfo.environment
        )
        try await TocsinServer(configuration: configuration, urls: urls).run()
    }

    /// What was given on the command line, by key.
    ///
    /// - Throws: ``ConfigurationError`` where `--set` is not `KEY=VALUE`, or says again what another option says.
    func options() throws -> [String: (value: String, name: String)] {
        var options: [String: (value: String, name: String)] = [:]
        let named = [
            (Setting.roles, roles), (.database, database), (.broker, broker), (.listen, listen), (.socket, socket),
            (.region, region), (.interval, interval), (.webhook, webhook), (.config, config), (.grace, grace),
        ]
        for (setting, value) in named {
            if let value { options[setting.key] = (value, "the option --\(setting.key)") }
        }
        for text in settings {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ConfigurationError("--set needs KEY=VALUE, such as --set pusher.schedule=burst.")
            }
            let key = String(text[..<equals])
            if Setting.all.contains(where: { $0.key == key && $0.isSecret && !$0.isInFile }) {
                throw ConfigurationError(
                    "\(key) must not be an option, which every user of this machine can read; set TOCSIN_SECRET_KEY."
                )
            }
            guard options[key] == nil else {
                throw ConfigurationError("\(key) is set twice on the command line; say it once.")
            }
            options[key] = (String(text[text.index(after: equals)...]), "the option --set \(key)")
        }
        return options
    }
}
