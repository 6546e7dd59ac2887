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
            writer.begin("channels")
            try await client.pages(["v1", "channels"], by: .none) { try writer.write(channels: $0) }
            writer.begin("sites")
            try await client.pages(["v1", "sites"], by: .after) { try writer.write(sites: $0) }
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
            writer.begin("sites")
            try await client.pages(["v1", "sites"], by: .after) { try writer.write(sites: $0) }
            writer.finish()
        }
    }
}
