internal import Monitoring
internal import Testing

@testable import Chaos

@Suite("The schedule, computed apart")
struct ScheduleTests {
    @Test("Phases are those of the product")
    func phases() {
        for site in 1...500 as ClosedRange<Int64> {
            let phase = Phase.of(SiteID(rawValue: site), interval: .seconds(7)).milliseconds
            #expect(DueSlots.phase(of: site, interval: 7_000) == phase)
        }
    }

    @Test("The slots of a span are those behind its beginning and up to its end")
    func slots() {
        let phase = DueSlots.phase(of: 3, interval: 1_000)
        func slots(_ after: Int64, _ through: Int64) -> [Int64] {
            Array(DueSlots(interval: 1_000, after: after, through: through).slots(of: 3))
        }
        #expect(slots(phase + 5_000, phase + 7_000) == [phase + 6_000, phase + 7_000])
        #expect(slots(phase + 4_999, phase + 5_999) == [phase + 5_000])
        #expect(slots(phase + 5_000, phase + 5_999).isEmpty)
        #expect(slots(phase - 1_500, phase) == [phase - 1_000, phase])
    }

    @Test("A gap begins behind its site, and ends with its last slot")
    func gaps() {
        let phase = DueSlots.phase(of: 3, interval: 1_000)
        let behind = Gap(interval: 1_000, afterSlot: phase + 5_000, afterSite: 3, through: phase + 6_000)
        #expect(behind.slots(of: 3) == [phase + 6_000])
        let before = Gap(interval: 1_000, afterSlot: phase + 5_000, afterSite: 2, through: phase + 6_000)
        #expect(before.slots(of: 3) == [phase + 5_000, phase + 6_000])
    }

    @Test("Sites go down and up by the seed, and every third never does")
    func script() {
        let script = SiteScript(seed: 5, start: 0, part: 1_000)
        let times = stride(from: Int64(1), to: 100_000, by: 500)
        #expect(times.allSatisfy { script.isUp(3, at: $0) })
        let states = times.map { script.isUp(4, at: $0) }
        #expect(states.contains(true) && states.contains(false))
    }
}
