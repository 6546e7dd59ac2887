internal import Monitoring

/// Days one after the other that say the same: drawn as one path, and read out as one line.
struct DayRun: Sendable, Equatable {
    enum Kind: String, Sendable {
        case good
        case minor
        case major
        case maintenance
        /// Not watched.
        case none

        init(_ day: DayUptime) {
            guard let ratio = day.ratio else {
                self = day.maintenance > .zero ? .maintenance : .none
                return
            }
            self = ratio < 0.99 ? .major : ratio < 1 ? .minor : day.maintenance > .zero ? .maintenance : .good
        }
    }

    let kind: Kind
    /// A bar a day, four units apart, in a box of 32 units' height.
    let path: String
    let text: String

    /// The days of a site as runs, the oldest first.
    static func runs(of days: [DayUptime]) -> [DayRun] {
        var runs: [DayRun] = []
        var start = 0
        while start < days.count {
            let figures = figures(of: days[start])
            var end = start + 1
            while end < days.count, self.figures(of: days[end]) == figures { end += 1 }
            runs.append(run(days, start..<end, figures))
            start = end
        }
        return runs
    }

    private static func run(_ days: [DayUptime], _ range: Range<Int>, _ figures: String) -> DayRun {
        let kind = Kind(days[range.lowerBound])
        // Where nothing was watched, the bar is a stub.
        let (top, height) = kind == .none ? (24, 8) : (0, 32)
        let bars = String(repeating: "m4-\(height)v\(height)", count: range.count - 1)
        let first = days[range.lowerBound].day.day
        let last = days[range.upperBound - 1].day.day
        return DayRun(
            kind: kind,
            path: "M\(range.lowerBound * 4 + 1).5 \(top)v\(height)\(bars)",
            text: "\(first == last ? first : "\(first) to \(last)"): \(figures)"
        )
    }

    private static func figures(of day: DayUptime) -> String {
        let work = day.maintenance > .zero ? ", \(SiteView.span(day.maintenance)) maintenance" : ""
        guard let ratio = day.ratio else { return work.isEmpty ? "not watched" : "in maintenance" }
        let downtime = day.downtime > .zero ? "\(SiteView.span(day.downtime)) down" : "no downtime"
        return "\(SiteView.percentage(ratio)), \(downtime)\(work)"
    }
}
