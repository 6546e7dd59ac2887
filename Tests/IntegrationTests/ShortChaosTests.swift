internal import Testing

internal import TestSupport

/// A short run of the fault harness on each broker; `make chaos` makes longer ones.
@Suite("Chaos", .serialized, .timeLimit(.minutes(4)))
struct ShortChaosTests {
    @Test("Whatever is killed, stopped, cut off or starved: nothing is lost", arguments: Broker.allCases)
    func short(broker: Broker) async throws {
        try await withTemporaryDirectory { directory in
            let chaos = try TocsinProcess(
                program: "chaos",
                [
                    "--seed", "3", "--seconds", "12", "--every", "400", "--lease", "2", "--interval", "3", "--sites",
                    "30", "--rate", "30", "--broker", broker.rawValue,
                ],
                directory: directory
            )
            do {
                #expect(try await chaos.exitStatus(within: .seconds(120)) == 0, "\(chaos.output)\(chaos.errors)")
            } catch {
                chaos.terminate()
                _ = try await chaos.exitStatus()
                throw error
            }
        }
    }
}
