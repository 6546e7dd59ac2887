internal import Testing

@testable import Chaos

@Suite("The ledger of deliveries")
struct DeliveryLedgerTests {
    /// The first number of a kind.
    private static func number(_ kind: LoadKind) -> Int { (1...1_000).first { LoadKind(number: $0) == kind } ?? 0 }

    private static let event = number(.both)

    private static func sound(_ change: (inout DeliveryLedger) -> Void = { _ in }) -> Set<Violation> {
        var ledger = DeliveryLedger()
        ledger.accepted(event, as: "evt")
        ledger.arrived(event, id: "evt", at: .flaky, isAnswered: false)
        ledger.arrived(event, id: "evt", at: .steady, isAnswered: true)
        ledger.take(.deliveryEnded(event: "evt", channel: "1"))
        ledger.take(.event(id: "evt", state: "routed"))
        change(&ledger)
        ledger.settle(mostRepeats: 1)
        return Set(ledger.violations.counts.keys)
    }

    private static func end(_ ledger: inout DeliveryLedger) {
        ledger.arrived(event, id: "evt", at: .flaky, isAnswered: true)
        ledger.take(.deliveryEnded(event: "evt", channel: "2"))
        ledger.take(.event(id: "evt", state: "ended"))
    }

    @Test("A sound history has no violation, with an arrival or a dead letter at each receiver")
    func sound() {
        #expect(Self.sound(Self.end).isEmpty)
        #expect(
            Self.sound {
                $0.died("evt", at: .flaky)
                $0.take(.event(id: "evt", state: "ended"))
            }.isEmpty
        )
    }

    @Test("A delivery that was never answered is lost, and its event has not ended")
    func lost() { #expect(Self.sound() == [.eventLost, .eventNotEnded]) }

    @Test("What a broker lost that does not wait for its disk is counted apart, if it was accepted just before")
    func lossy() {
        for (death, count) in [(11_000, 1), (9_000, 0), (14_000, 0)] as [(Int64, Int)] {
            var ledger = DeliveryLedger()
            ledger.accepted(Self.number(.steady), as: "evt", at: 10_000)
            ledger.settle(mostRepeats: 0, lossy: [death])
            #expect(ledger.lostWithBroker == count)
            #expect(ledger.violations.isEmpty == (count == 1))
        }
    }

    @Test("An event that no channel wants has to end all the same")
    func unrouted() {
        let number = Self.number(.nobody)
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.accepted(number, as: "nobody")
            } == [.eventNotEnded]
        )
    }

    @Test("What arrives without having been accepted is told")
    func uninvited() {
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.arrived(Self.event, id: "other", at: .steady, isAnswered: false)
            } == [.eventUninvited]
        )
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.arrived(Self.number(.slack), id: nil, at: .slack, isAnswered: true)
            } == [.eventUninvited]
        )
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.arrived(Self.event, id: "evt", at: .hanging, isAnswered: true)
            } == [.eventUninvited]
        )
    }

    @Test("One that arrives before its sender is answered is not")
    func arrivedFirst() {
        var ledger = DeliveryLedger()
        let number = Self.number(.steady)
        ledger.arrived(number, id: "evt", at: .steady, isAnswered: true)
        ledger.accepted(number, as: "evt")
        ledger.take(.event(id: "evt", state: "ended"))
        ledger.settle(mostRepeats: 0)
        #expect(ledger.violations.isEmpty)
    }

    @Test("Two ids for one key are told")
    func twoIDs() {
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.accepted(Self.event, as: "other")
            } == [.answersDiffer]
        )
    }

    @Test("A delivery or an event that ends twice is told")
    func endedTwice() {
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.take(.deliveryEnded(event: "evt", channel: "2"))
            } == [.deliveryEndedTwice]
        )
        #expect(
            Self.sound {
                Self.end(&$0)
                $0.take(.event(id: "evt", state: "ended"))
            } == [.deliveryEndedTwice]
        )
    }

    @Test("Repeats beyond what the kills can cause are told")
    func repeats() {
        func repeated(_ times: Int) -> Set<Violation> {
            Self.sound {
                Self.end(&$0)
                for _ in 0..<times { $0.arrived(Self.event, id: "evt", at: .steady, isAnswered: true) }
            }
        }
        #expect(repeated(1).isEmpty)
        #expect(repeated(2) == [.tooManyRepeats])
    }
}
