internal import TestSupport
internal import Testing

/// A short run of the fault harness on each broker; `make chaos` makes longer ones.
@Suite("Chaos", .serialized, .timeLimit(.minutes(4)))
struct ShortChaosTests {
    private static let arguments = [
        "--seed", "3", "--seconds", "12", "--every", "500", "--lease", "2", "--sites", "40", "--interval", "5",
        "--rate", "30",
        "--settle", "90",
    ]

    @Test("Whatever is killed, stopped, cut off or starved: nothing is lost")
    func short() async throws { try await runs(Self.arguments, on: "--broker") }

    @Test("Many dead letters that are put back at a pace arrive once each, in the order of their sites")
    func replay() async throws {
        try await runs(["replay", "--letters", "1500", "--pace", "500", "--subjects", "40"], on: "--on")
    }

    /// Runs it on each broker.
    private func runs(_ arguments: [String], on option: String) async throws {
        try await withTemporaryDirectory { directory in
            // Beside each other: both wait most of their time.
            let runs = try Broker.allCases.map { broker in
                try TocsinProcess(
                    program: "chaos",
                    arguments + [option, broker.rawValue],
                    directory: directory,
                    name: broker.rawValue
                )
            }
            do {
                for run in runs {
                    #expect(try await run.exitStatus(within: .seconds(180)) == 0, "\(run.output)\(run.errors)")
                }
            } catch {
                for run in runs {
                    run.terminate()
                    _ = try await run.exitStatus()
                }
                throw error
            }
        }
    }
}
