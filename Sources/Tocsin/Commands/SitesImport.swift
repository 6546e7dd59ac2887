internal import ArgumentParser
internal import Foundation
internal import Notifications

/// Imports sites from a file.
struct SitesImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Add or change sites from a CSV or YAML file of any size.",
        discussion: """
            CSV names its columns in the first line: url,name,interval,tags,… with semicolons between tags. YAML is a \
            list of sites, by itself or under `sites:`. All of it is checked first: if a line is wrong, it is named and \
            nothing is imported. A site whose name exists already is changed.
            """
    )

    @Argument(help: "The file; - reads standard input.")
    var file: String

    @Option(help: "csv or yaml; told by the file's name or beginning otherwise.")
    var format: SiteList.Format?

    @OptionGroup var client: ClientOptions

    func run() async throws {
        if file == "-" {
            try await SpooledInput.withFile { path in try await importSites(from: path, called: "standard input") }
        } else {
            try await importSites(from: file, called: file)
        }
    }

    private func importSites(from path: String, called name: String) async throws {
        let terminal = Terminal.standard()
        let list: SiteList
        do {
            list = try await SiteList(path: path, format: format)
        } catch let problem as ImportProblem {
            throw ImportError(file: name, problems: [problem], isCut: false)
        }
        let work = SiteImport(list: list, name: name, rules: ServerSiteRules())
        var line = ProgressLine(terminal)
        defer { line.clear() }
        let total = try await work.check { line.show("Checking \(name): \($0) sites") }
        let outcome = try await client.withClient { client in
            try await work.send({ line.show("Importing \(name): \($0) of \(total) sites") }) { sites in
                let answer = try await client.send(.put, ["v1", "sites"], body: .array(sites))
                return answer["added"]?.int ?? 0
            }
        }
        line.clear()
        if terminal.isInteractive {
            terminal.print("\(outcome.total) sites imported from \(name), \(outcome.added) of them new.")
        }
    }
}
