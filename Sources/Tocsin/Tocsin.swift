internal import ArgumentParser
internal import Foundation

/// The program.
@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Watches websites and tells people when they break.",
        discussion: """
            Start with `tocsin serve https://example.com`. Every other command but `check` talks to a running server: \
            through its socket on this machine, or at TOCSIN_URL with TOCSIN_TOKEN.
            """,
        version: TocsinVersion.current,
        subcommands: [
            Serve.self, Check.self, Sites.self, Channels.self, Events.self, Incidents.self, Maintenance.self,
            DeadLetters.self, Tokens.self, Status.self, Apply.self, Export.self, Import.self,
        ]
    )

    /// Runs the command that was asked for, and ends the process with the status that the contract gives to what happened.
    static func main() async {
        // Every time of ours is of UTC. Unless it is told so, Foundation looks for the machine's zone among all that ICU
        // knows, whose pages stay resident.
        setenv("TZ", "GMT", 0)
        do {
            let command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let error as any FinalSentence {
            let terminal = Terminal.standard()
            for line in error.sentences { terminal.printError("Error: \(line)") }
            Foundation.exit(CommandError.status(of: error))
        } catch {
            exit(withError: error)
        }
    }
}
