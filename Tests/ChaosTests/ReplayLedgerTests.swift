import Testing

@testable import Chaos

@Suite("The ledger of a replay")
struct ReplayLedgerTests {
    private func violations(_ arrivals: [(number: Int, at: Int64)]) -> Set<Violation> {
        var ledger = ReplayLedger()
        for arrival in arrivals { ledger.take(arrival.number, of: arrival.number % 2, at: arrival.at) }
        ledger.settle(4, pace: 10, since: 1_000)
        return Set(ledger.violations.counts.keys)
    }

    @Test("Each once, in the order of its subject and at the pace, is sound")
    func sound() { #expect(violations([(1, 1_000), (0, 1_100), (2, 1_200), (3, 1_300)]).isEmpty) }

    @Test("What is missing, repeated, out of order or too fast is told")
    func broken() {
        #expect(violations([(0, 1_000), (1, 1_100), (2, 1_300)]) == [.eventLost])
        #expect(violations([(0, 1_000), (1, 1_000), (2, 1_000), (3, 1_300), (3, 1_400)]) == [.replayedTwice])
        #expect(violations([(2, 1_000), (0, 1_000), (1, 1_000), (3, 1_300)]) == [.replayedOutOfOrder])
        #expect(violations([(0, 1_000), (1, 1_100), (2, 1_200), (3, 1_299)]) == [.replayedTooFast])
    }
}
