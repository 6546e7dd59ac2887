import Monitoring
import Testing

@Suite struct DayUptimeTests {
    private func outage(_ from: Timestamp, _ to: Timestamp?) -> Outage {
        Outage(incident: IncidentID(rawValue: 1), site: SiteID(rawValue: 1), startedAt: from, endedAt: to)
    }

    @Test("An outage over midnight counts on both days, an open one until now, and nothing before the site's life")
    func days() {
        let midnight = Timestamp(milliseconds: 20_000 * 86_400_000)
        let now = midnight + .seconds(6 * 3_600)
        let days = DayUptime.days(
            3,
            since: midnight - .seconds(12 * 3_600),
            outages: [outage(midnight - .seconds(3_600), midnight + .seconds(1_800)), outage(now - .seconds(60), nil)],
            now: now
        )
        #expect(days.map(\.day) == [2, 1, 0].map { midnight - .seconds($0 * 86_400) })
        #expect(days.map(\.watched) == [.zero, .seconds(12 * 3_600), .seconds(6 * 3_600)])
        #expect(days.map(\.downtime) == [.zero, .seconds(3_600), .seconds(1_860)])
        #expect(days.first?.ratio == nil && days.last.flatMap(\.ratio) == 1 - 1_860.0 / 21_600)
    }

    @Test("Maintenance counts neither as watched nor as down, and a day of it alone has no share")
    func maintenance() {
        let midnight = Timestamp(milliseconds: 20_000 * 86_400_000)
        let work = (midnight - .seconds(86_400))..<(midnight + .seconds(3_600))
        let days = DayUptime.days(
            2,
            since: midnight - .seconds(10 * 86_400),
            outages: [outage(midnight - .seconds(3_600), midnight + .seconds(5_400))],
            maintenance: [work],
            now: midnight + .seconds(7_200)
        )
        #expect(days.map(\.watched) == [.zero, .seconds(3_600)])
        #expect(days.map(\.downtime) == [.zero, .seconds(1_800)])
        #expect(days.map(\.maintenance) == [.seconds(86_400), .seconds(3_600)])
        #expect(days.map(\.ratio) == [nil, 0.5])
    }
}
