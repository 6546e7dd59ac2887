internal import Testing

@testable import Chaos

@Suite("The order of alerts")
struct AlertOrderTests {
    private func violations(_ change: (inout AlertOrder) -> Void) -> Set<Violation> {
        var order = AlertOrder()
        for receiver in [Receiver.sites, .flakySites] {
            order.arrived(.down, site: "a", incident: "1", at: receiver, isAnswered: true)
            order.arrived(.up, site: "a", incident: "1", at: receiver, isAnswered: true)
        }
        change(&order)
        order.settle(incident: "1", hasEnded: true)
        return Set(order.violations.counts.keys)
    }

    @Test("Alert, recovery, alert and their repeats are in order")
    func sound() {
        #expect(
            violations {
                $0.arrived(.down, site: "a", incident: "1", at: .sites, isAnswered: true)
                $0.arrived(.down, site: "a", incident: "2", at: .sites, isAnswered: true)
            }.isEmpty
        )
    }

    @Test("A recovery whose alert has not arrived, or was not answered, is told")
    func early() {
        #expect(
            violations { $0.arrived(.up, site: "b", incident: "2", at: .sites, isAnswered: false) }
                == [.recoveryBeforeAlert]
        )
        #expect(
            violations {
                $0.arrived(.down, site: "b", incident: "2", at: .sites, isAnswered: false)
                $0.arrived(.up, site: "b", incident: "2", at: .sites, isAnswered: true)
            } == [.recoveryBeforeAlert]
        )
    }

    @Test("Two alerts of a site without a recovery between them are told")
    func notAlternating() {
        #expect(
            violations {
                $0.arrived(.down, site: "a", incident: "2", at: .sites, isAnswered: true)
                $0.arrived(.down, site: "a", incident: "3", at: .sites, isAnswered: true)
            } == [.recoveryBeforeAlert]
        )
    }

    @Test("An alert or recovery that never arrived is told")
    func lost() {
        var order = AlertOrder()
        order.arrived(.down, site: "a", incident: "1", at: .sites, isAnswered: true)
        order.arrived(.down, site: "a", incident: "1", at: .flakySites, isAnswered: true)
        order.settle(incident: "1", hasEnded: false)
        #expect(order.violations.isEmpty)
        order.settle(incident: "1", hasEnded: true)
        order.settle(incident: "2", hasEnded: false)
        #expect(order.violations.counts == [.transitionLost: 4])
    }
}
