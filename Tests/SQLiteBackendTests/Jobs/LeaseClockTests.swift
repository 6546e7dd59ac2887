import Monitoring
import Testing

@testable import SQLiteBackend

@Suite("The clock of leases")
struct LeaseClockTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    @Test("follows the wall clock while that goes on evenly")
    func followsTheWallClock() {
        var clock = LeaseClock()
        for second in 0...20 {
            let wall = start + .seconds(second)
            let now = clock.read(wall, lease: .seconds(5))
            #expect(now == wall)
            #expect(!clock.isInGrace(at: now))
        }
    }

    @Test("never runs backwards, and gives a lease of grace after each step back")
    func neverRunsBackwards() {
        var clock = LeaseClock()
        var last = clock.read(start, lease: .seconds(5))
        for step in [3, -60, -120, -119, -118, -117, -116, -115] {
            let now = clock.read(start + .seconds(step), lease: .seconds(5))
            #expect(now >= last)
            last = now
            #expect(clock.isInGrace(at: now) == (-120 ... -116).contains(step) || step == -60)
        }
    }

    @Test("gives a lease of grace after a gap longer than a lease, and none after a shorter one")
    func gracesAfterAGap() {
        var clock = LeaseClock()
        _ = clock.read(start, lease: .seconds(5))
        let short = clock.read(start + .seconds(5))
        #expect(!clock.isInGrace(at: short))
        let long = clock.read(start + .seconds(11))
        #expect(clock.isInGrace(at: long))
        #expect(clock.isInGrace(at: long + .seconds(4)))
        #expect(!clock.isInGrace(at: long + .seconds(5)))
    }

    @Test("knows no gap before it knows a lease")
    func needsALease() {
        var clock = LeaseClock()
        _ = clock.read(start)
        let now = clock.read(start + .seconds(3_600))
        #expect(!clock.isInGrace(at: now))
    }
}
