internal import Monitoring
internal import Testing

@Suite("The phase of a site")
struct PhaseTests {
    @Test("lies within the interval and stays the same")
    func stable() {
        for id in 1...1_000 {
            let phase = Phase.of(SiteID(rawValue: Int64(id)), interval: .seconds(7))
            #expect(phase >= .zero && phase < .seconds(7))
            #expect(phase == Phase.of(SiteID(rawValue: Int64(id)), interval: .seconds(7)))
        }
        #expect(Phase.of(SiteID(rawValue: 1), interval: .seconds(60)) == .milliseconds(2_465))
    }

    // PITFALLS 24
    @Test("spreads sites evenly, so that no second has a burst of checks")
    func even() {
        var perSecond = Array(repeating: 0, count: 60)
        for id in 1...60_000 {
            perSecond[Int(Phase.of(SiteID(rawValue: Int64(id)), interval: .seconds(60)).milliseconds / 1_000)] += 1
        }
        #expect(perSecond.allSatisfy { (850...1_150).contains($0) })
    }
}
