internal import Monitoring

/// Where the time of a site's checks goes: the means of the phases, stacked, over a span.
enum PhaseChart {
    private static let width = 1_000.0
    private static let height = 120.0

    /// The phases in their order, with the class of their fill.
    private static let phases: [(name: String, style: String, value: @Sendable (Phases) -> Duration?)] = [
        ("DNS", "dns", \.dns), ("Connect", "connect", \.connect), ("TLS", "tls", \.tls),
        ("First byte", "first-byte", \.firstByte), ("Transfer", "transfer", \.transfer),
    ]

    /// The chart as HTML; nil where no check was answered.
    static func html(_ times: PhaseTimes) -> String? {
        let columns = times.parts.map { part in phases.map { milliseconds($0.value(part.phases)) } }
        let peak = columns.map { $0.reduce(0, +) }.max() ?? 0
        guard peak > 0 else { return nil }
        let ceiling = LatencyChart.roundedUp(peak)
        let step = width / Double(columns.count)
        var paths = phases.map { _ in "" }
        for (index, column) in columns.enumerated() {
            var top = height
            for (phase, value) in column.enumerated() where value > 0 {
                let size = height * value / ceiling
                let x = LatencyChart.text(Double(index) * step + step * 0.1)
                let wide = LatencyChart.text(step * 0.8)
                paths[phase] += "M\(x) \(LatencyChart.text(top))h\(wide)v-\(LatencyChart.text(size))h-\(wide)z"
                top -= size
            }
        }
        var svg = "<svg class=\"chart phases-chart\" viewBox=\"0 0 \(Int(width)) \(Int(height))\""
        svg += " preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(label(times))\">"
        for (phase, path) in zip(phases, paths) where !path.isEmpty {
            svg += "<path class=\"phase-\(phase.style)\" d=\"\(path)\"/>"
        }
        svg += "</svg>"
        let scale = [1.0, 0.5, 0].map { "<span>\(SiteView.milliseconds(ceiling * $0))</span>" }.joined()
        return "<figure class=\"plot\"><div class=\"plot-y\" aria-hidden=\"true\">\(scale)</div>\(svg)</figure>"
    }

    /// The mean of each phase over the whole span.
    static func sums(_ times: PhaseTimes) -> [View] {
        let count = times.parts.reduce(0) { $0 + $1.count }
        guard count > 0 else { return [] }
        return phases.map { phase in
            let whole = times.parts.reduce(0.0) { sum, part in
                sum + milliseconds(phase.value(part.phases)) * Double(part.count)
            }
            return [
                "name": phase.name, "style": phase.style, "value": SiteView.milliseconds(whole / Double(count)),
            ]
        }
    }

    private static func label(_ times: PhaseTimes) -> String {
        let parts = sums(times).map { "\($0["name"] ?? "") \($0["value"] ?? "")" }
        return "Mean time of each phase: " + parts.joined(separator: ", ")
    }

    private static func milliseconds(_ duration: Duration?) -> Double {
        guard let duration else { return 0 }
        return Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15
    }
}
