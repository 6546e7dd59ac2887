internal import ArgumentParser
internal import Foundation
internal import Notifications

/// Brings over what another monitor watches.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn another monitor's configuration into a file for `tocsin apply`.",
        discussion: """
            The file goes to standard output, and what could not be carried over to standard error, each with its reason. \
            Look at both, then apply the file, or give --apply to do so at once.
            """,
        subcommands: [ImportUptimeKuma.self, ImportGatus.self]
    )
}

/// Reads a backup of Uptime Kuma.
struct ImportUptimeKuma: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uptime-kuma",
        abstract: "Read a backup that Uptime Kuma 1.x wrote (Settings, Backup, Export).",
        discussion: """
            Monitors of type HTTP(s) and keyword become sites, notifications of type webhook, Slack and ntfy channels. The \
            file that is printed holds the backup's passwords. Uptime Kuma 2 can't write a backup: make it with 1.x.
            """
    )

    @OptionGroup var conversion: ConversionOptions

    func run() async throws {
        try await conversion.run { bytes, name in try UptimeKumaBackup.convert(bytes, name: name) }
    }
}

/// Reads a configuration of Gatus.
struct ImportGatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatus",
        abstract: "Read a configuration of Gatus (config.yaml).",
        discussion: """
            Endpoints of http and https become sites, alerting by slack, ntfy and custom channels. ${NAME} stays a \
            variable in the file and is resolved when it is applied.
            """
    )

    @OptionGroup var conversion: ConversionOptions

    func run() async throws {
        try await conversion.run { bytes, name in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandError(.failure, "\(name) is not UTF-8 text.")
            }
            return try GatusConfiguration.convert(text, name: name)
        }
    }
}

/// What every import of a configuration can be told.
struct ConversionOptions: ParsableArguments {
    @Argument(help: "The file; - reads standard input.")
    var file: String

    @Flag(help: "Apply it to the server at once, rather than print the file.")
    var apply = false

    @OptionGroup var client: ClientOptions

    /// Converts the file, then prints or applies what it became.
    func run(_ convert: ([UInt8], String) throws -> Conversion) async throws {
        let name = file == "-" ? "standard input" : file
        let conversion = try convert(Array(try InputFile.data(file)), name)
        let terminal = Terminal.standard()
        let yaml = try conversion.yaml()
        let counts = "\(conversion.sites.count) sites and \(conversion.channels.count) channels of \(name)"
        let notes = conversion.lines
        terminal.printError(
            notes.isEmpty
                ? "\(counts) carried over whole." : "\(counts) carried over. What could not be, or is not the same:"
        )
        for line in notes { terminal.printError("- \(line)") }
        if apply {
            let manifest = try Manifest(yaml: yaml, name: name, environment: ProcessInfo.processInfo.environment)
            try await client.withClient { client in
                let changes = try await ManifestPlan(manifest, prunes: false).changes(with: client)
                for change in changes { terminal.print(change.line) }
                try await ManifestApplier(client: client, terminal: terminal, source: manifest.source).apply(changes)
            }
        } else {
            terminal.write(yaml)
        }
    }
}
