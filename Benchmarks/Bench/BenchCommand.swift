internal import ArgumentParser

/// The program.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "The parts of the benchmarks that need Tocsin's own types.",
        discussion: "`Benchmarks/bench.py` runs them; each prints what it has measured as one line of JSON.",
        subcommands: [
            FillSites.self, Push.self, FillJobs.self, WorkJobs.self, FillEvents.self, Deliver.self, Receive.self,
            Load.self,
            Unread.self, Year.self,
        ]
    )
}
