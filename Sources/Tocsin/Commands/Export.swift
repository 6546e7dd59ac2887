internal import ArgumentParser
internal import Notifications

/// Prints sites, channels and the status page as a file.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Print sites, channels and the status page as the file that `tocsin apply` reads; secrets are named, not printed."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            var writer = ManifestWriter(Terminal.standard())
            for kind in ManifestKind.allCases { try await writer.write(kind, of: client) }
            if let page = try await ManifestStatusPage.text(with: client) { Terminal.standard().write(page) }
            writer.finish()
        }
    }
}

/// Prints sites as a file.
struct SitesExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the sites as YAML that `tocsin sites import` reads."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            var writer = ManifestWriter(Terminal.standard())
            try await writer.write(.site, of: client)
            writer.finish()
        }
    }
}
