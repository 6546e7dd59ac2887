internal import Monitoring

/// Response times over a span as lines: the middle one, the slowest twentieth and the slowest hundredth.
///
/// The lines stretch with the page; the labels are text beside them, so that they stay readable at every width.
enum LatencyChart {
    private static let width = 1_000.0
    private static let height = 200.0

    /// The chart as HTML.
    ///
    /// - Parameters:
    ///   - latency: The span and its equal parts.
    ///   - showsDays: Whether the ends of the span are told as days rather than as times of day.
    /// - Returns: Nil where no check was answered.
    static func html(_ latency: Latency, showsDays: Bool) -> String? {
        let parts = latency.parts
        let peak = parts.compactMap { ($0.p99 ?? $0.p50).map(milliseconds) }.max() ?? 0
        guard peak > 0, parts.count > 1 else { return nil }
        let ceiling = roundedUp(peak)
        func x(_ index: Int) -> Double { width * (Double(index) + 0.5) / Double(parts.count) }
        func y(_ value: Double) -> Double { height * (1 - value / ceiling) }

        var svg = "<svg class=\"chart\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" preserveAspectRatio=\"none\""
        svg += " role=\"img\" aria-label=\"\(label(latency))\">"
        for fraction in [0.0, 0.5, 1.0] {
            svg += "<path class=\"chart-grid\" d=\"M0 \(text(y(ceiling * fraction)))H\(text(width))\"/>"
        }
        svg += "<path class=\"chart-area\" d=\"\(area(parts, x, y, floor: y(0)))\"/>"
        svg += "<path class=\"chart-p99\" d=\"\(line(parts, \.p99, x, y))\"/>"
        svg += "<path class=\"chart-p95\" d=\"\(line(parts, \.p95, x, y))\"/>"
        svg += "<path class=\"chart-p50\" d=\"\(line(parts, \.p50, x, y))\"/></svg>"

        let scale = [1.0, 0.5, 0].map { "<span>\(SiteView.milliseconds(ceiling * $0))</span>" }.joined()
        let moments = [parts[0].from, parts[parts.count / 2].from, parts[parts.count - 1].to].map { moment in
            let mark = showsDays ? String(moment.day.dropFirst(5)) : String(moment.timeOfDay.prefix(5))
            let axis = showsDays ? "day" : "time"
            return "<time datetime=\"\(moment.rfc3339)\" data-axis=\"\(axis)\">\(mark)</time>"
        }.joined()
        return "<figure class=\"plot\"><div class=\"plot-y\" aria-hidden=\"true\">\(scale)</div>\(svg)"
            + "<div class=\"plot-x\" aria-hidden=\"true\">\(moments)</div></figure>"
    }

    /// A line through the parts that have a value; a gap where checks were not answered.
    private static func line(
        _ parts: [Latency.Bucket],
        _ value: KeyPath<Latency.Bucket, Duration?>,
        _ x: (Int) -> Double,
        _ y: (Double) -> Double
    ) -> String {
        var path = ""
        var isDrawing = false
        for (index, part) in parts.enumerated() {
            guard let duration = part[keyPath: value] else {
                isDrawing = false
                continue
            }
            path += "\(isDrawing ? "L" : "M")\(text(x(index))) \(text(y(milliseconds(duration))))"
            // A part without neighbours would be a line without length.
            if !isDrawing { path += "h0.01" }
            isDrawing = true
        }
        return path
    }

    private static func area(
        _ parts: [Latency.Bucket],
        _ x: (Int) -> Double,
        _ y: (Double) -> Double,
        floor: Double
    ) -> String {
        var path = ""
        var run: [(Double, Double)] = []
        func close() {
            guard let first = run.first, let last = run.last, run.count > 1 else { return run = [] }
            path += "M\(text(first.0)) \(text(floor))"
            for point in run { path += "L\(text(point.0)) \(text(point.1))" }
            path += "L\(text(last.0)) \(text(floor))Z"
            run = []
        }
        for (index, part) in parts.enumerated() {
            if let duration = part.p50 {
                run.append((x(index), y(milliseconds(duration))))
            } else {
                close()
            }
        }
        close()
        return path
    }

    private static func label(_ latency: Latency) -> String {
        let whole = latency.whole
        func part(_ name: String, _ value: Duration?) -> String {
            "\(name) \(value.map(SiteView.duration) ?? "unknown")"
        }
        return
            "Response times of \(whole.count) checks: \(part("half within", whole.p50)), "
            + "\(part("95% within", whole.p95)), \(part("99% within", whole.p99))"
    }

    /// The next of 1, 2, 2.5 or 5 times a power of ten.
    static func roundedUp(_ value: Double) -> Double {
        var scale = 1.0
        while scale * 10 < value { scale *= 10 }
        return [1.0, 2, 2.5, 5, 10].map { $0 * scale }.first { $0 >= value } ?? value
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15
    }

    static func text(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
