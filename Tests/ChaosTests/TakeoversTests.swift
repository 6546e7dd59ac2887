internal import Testing

@testable import Chaos

@Suite("Takeovers")
struct TakeoversTests {
    private func takeovers(
        _ entries: [JournalEntry],
        disturbances: [Fault.Target: [ClosedRange<Int64>]] = [:]
    ) -> Takeovers {
        var takeovers = Takeovers(
            deaths: ["a": Takeovers.Death(at: 10_000, target: .monitor)],
            disturbances: disturbances,
            limit: 8_000
        )
        for entry in entries { takeovers.take(entry) }
        return takeovers
    }

    @Test("The time runs from the death to when another has it, and is told where it is too long")
    func measured() {
        for (at, count) in [(17_000, 0), (19_000, 1)] as [(Int64, Int)] {
            let takeovers = takeovers([
                .taken(item: "x", holder: "a", at: 9_000), .taken(item: "x", holder: "b", at: at),
            ])
            #expect(takeovers.worst[.monitor] == at - 10_000)
            #expect(takeovers.violations.counts[.takenOverLate] ?? 0 == count)
        }
    }

    @Test("What was freed, or is taken from one that lives, is no takeover")
    func others() {
        let takeovers = takeovers([
            .taken(item: "x", holder: "a", at: 9_000), .freed(item: "x"), .taken(item: "x", holder: "b", at: 30_000),
            .taken(item: "y", holder: "c", at: 9_000), .taken(item: "y", holder: "b", at: 30_000),
        ])
        #expect(takeovers.count == 0)
    }

    @Test("While the broker or the whole role is away, the time is measured and not judged")
    func disturbed() {
        let takeovers = takeovers(
            [.taken(item: "x", holder: "a", at: 9_000), .taken(item: "x", holder: "b", at: 30_000)],
            disturbances: [.monitor: [12_000...20_000]]
        )
        #expect(takeovers.violations.isEmpty)
        #expect(takeovers.worstDisturbed == 20_000)
        #expect(takeovers.worst.isEmpty)
    }
}
