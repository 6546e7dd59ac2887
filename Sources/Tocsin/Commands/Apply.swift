internal import ArgumentParser
internal import Foundation
internal import Notifications

/// Makes the server's sites and channels what a file says.
struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make sites, channels and the status page what a file says.",
        discussion: """
            The file is what `tocsin export` prints: `sites:`, `channels:` and `statusPage:`. ${NAME} in it is an \
            environment variable. A secret that it leaves out stays as it is. Sites and channels that it does not name are left alone, unless \
            --prune is given.
            """
    )

    @Option(name: [.customShort("f"), .customLong("file")], help: "The file; - reads standard input.")
    var file: String

    @Flag(help: "Print what would change, and change nothing.")
    var dryRun = false

    @Flag(help: "Also remove what the file does not name, of the kinds that it speaks of.")
    var prune = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let manifest = try Manifest(
            yaml: try text(),
            name: file == "-" ? "standard input" : file,
            environment: ProcessInfo.processInfo.environment
        )
        let terminal = Terminal.standard()
        try await client.withClient { client in
            let changes = try await ManifestPlan(manifest, prunes: prune).changes(with: client)
            let page = try await manifest.statusPage?.line(with: client)
            for line in changes.map(\.line) + [page].compactMap({ $0 }) { terminal.print(line) }
            if !dryRun {
                try await ManifestApplier(client: client, terminal: terminal, source: manifest.source).apply(changes)
                // After the sites that it names.
                if page != nil { try await manifest.statusPage?.apply(with: client) }
            }
            if changes.isEmpty, page == nil, terminal.isInteractive { terminal.print("Nothing to change.") }
        }
    }

    private func text() throws -> String {
        guard let text = String(validating: try InputFile.data(file), as: UTF8.self) else {
            throw CommandError(.failure, "\(file) is not UTF-8 text.")
        }
        return text
    }
}
