internal import ArgumentParser
internal import Foundation
internal import Notifications

/// Makes the server's sites and channels what a file says.
struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make sites and channels what a file says.",
        discussion: """
            The file is what `tocsin export` prints: `sites:` and `channels:`. ${NAME} in it is an environment variable. \
            A secret that it leaves out stays as it is. Sites and channels that it does not name are left alone, unless \
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
        try check(manifest)
        let terminal = Terminal.standard()
        try await client.withClient { client in
            let changes = try await Self.changes(to: manifest, prunes: prune, with: client)
            for change in changes { terminal.print(change.line) }
            if !dryRun { try await ManifestApplier(client: client, terminal: terminal).apply(changes) }
            if changes.isEmpty, terminal.isInteractive { terminal.print("Nothing to change.") }
        }
    }

    private func text() throws -> String {
        do {
            let data =
                file == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try Data(contentsOf: URL(filePath: file))
            guard let text = String(validating: data, as: UTF8.self) else {
                throw CommandError(.failure, "\(file) is not UTF-8 text.")
            }
            return text
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.failure, "\(file) can't be read: \(FileProblem(error)).", cause: error)
        }
    }

    /// Wrong input changes nothing, so all of it is checked before the first change.
    private func check(_ manifest: Manifest) throws {
        let problems = manifest.sites.flatMap { site -> [ImportProblem] in
            guard case .failure(let error) = ServerSiteRules().check(site) else { return [] }
            let name = Printable.text(Manifest.name(of: site) ?? "?", atMost: 100)
            return error.problems.map {
                ImportProblem(line: nil, "has the site `\(name)` with a mistake: \($0.pointer): \($0.detail)")
            }
        }
        guard problems.isEmpty else {
            throw ImportError(
                file: file,
                problems: Array(problems.prefix(20)),
                isCut: problems.count > 20,
                ending: "Nothing was changed; mend the file and apply it again."
            )
        }
    }

    private static func changes(
        to manifest: Manifest,
        prunes: Bool,
        with client: ServerClient
    ) async throws -> [ManifestChange] {
        var changes: [ManifestChange] = []
        if manifest.hasChannels {
            var difference = ManifestDifference(.channel, manifest.channels, standard: Defaults.channel, prunes: prunes)
            try await client.pages(["v1", "channels"], by: .none) { changes += difference.changes($0) }
            changes += difference.additions()
        }
        if manifest.hasSites {
            var difference = ManifestDifference(.site, manifest.sites, standard: Defaults.site, prunes: prunes)
            try await client.pages(["v1", "sites"], by: .after) { changes += difference.changes($0) }
            changes += difference.additions()
        }
        return changes
    }
}
