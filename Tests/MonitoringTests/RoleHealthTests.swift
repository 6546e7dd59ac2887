import Monitoring
import TestSupport
import Testing

@Suite struct RoleHealthTests {
    private let time = ManualTime()

    private func health(until problem: String? = "not yet") -> RoleHealth {
        RoleHealth("the role", until: problem, silenceLimit: .seconds(5), time: time)
    }

    @Test("A role is not ready before it has worked once, nor while it fails")
    func follows() {
        let health = health()
        #expect(health.readiness == .notReady("not yet"))
        health.isBusy()
        #expect(health.readiness == .notReady("not yet"))
        health.works()
        #expect(health.readiness == .ready)
        health.fails("the broker is away")
        #expect(health.readiness == .notReady("the broker is away"))
        health.works()
        #expect(health.readiness == .ready)
    }

    // PITFALLS 2
    @Test("A role that gives no sign of life is not ready, although it has told of no failure")
    func silence() {
        let health = health(until: nil)
        health.isBusy()
        time.advance(by: .seconds(5))
        #expect(health.readiness == .ready)
        time.advance(by: .seconds(1))
        #expect(health.readiness == .notReady("the role has given no sign of life for 6s"))
        health.works()
        #expect(health.readiness == .ready)
        time.advance(by: .seconds(7))
        #expect(health.readiness == .notReady("the role has given no sign of life for 7s"))
        health.fails("the database is away")
        time.advance(by: .seconds(8))
        let reason = "the role has given no sign of life for 8s; before that: the database is away"
        #expect(health.readiness == .notReady(reason))
    }

    @Test("A role that rests may be silent as long as it likes")
    func rest() {
        let health = health(until: nil)
        health.works()
        health.rests()
        time.advance(by: .seconds(3_600))
        #expect(health.readiness == .ready)
    }
}
