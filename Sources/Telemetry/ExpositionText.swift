/// One value of a metric, with the values of its labels in the family's order.
package struct MetricSample: Sendable, Equatable {
    package let labels: [String]
    package let value: Double

    package init(_ labels: [String] = [], _ value: Double) {
        self.labels = labels
        self.value = value
    }
}

/// A page of metrics in Prometheus' text format, version 0.0.4.
package struct ExpositionText {
    /// The media type of a page.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    /// Adds a counter or a gauge; nothing where it has no samples.
    package mutating func add(_ family: MetricFamily, _ samples: [MetricSample]) {
        if samples.isEmpty { return }
        addHead(of: family)
        for sample in samples { addLine(family.name, Self.pairs(family, sample.labels), sample.value) }
    }

    /// Adds what was made elsewhere in the same format.
    package mutating func add(_ page: ExpositionText) { text += page.text }

    mutating func add(_ family: MetricFamily, _ histograms: [(labels: [String], values: HistogramSeries.Values)]) {
        guard case .histogram(let bounds) = family.kind, !histograms.isEmpty else { return }
        addHead(of: family)
        let edges = bounds.map { "\($0)" } + ["+Inf"]
        for (labels, values) in histograms {
            let pairs = Self.pairs(family, labels)
            var sum = 0
            for (edge, count) in zip(edges, values.counts) {
                sum += count
                addLine("\(family.name)_bucket", pairs + ["le=\"\(edge)\""], Double(sum))
            }
            addLine("\(family.name)_sum", pairs, values.sum)
            addLine("\(family.name)_count", pairs, Double(sum))
        }
    }

    private mutating func addHead(of family: MetricFamily) {
        text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(family.name) \(family.kind.name)\n"
    }

    private mutating func addLine(_ name: String, _ pairs: [String], _ value: Double) {
        text += pairs.isEmpty ? name : "\(name){\(pairs.joined(separator: ","))}"
        text += " \(Self.number(value))\n"
    }

    private static func pairs(_ family: MetricFamily, _ values: [String]) -> [String] {
        zip(family.labels, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let text = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? text.replacing("\"", with: "\\\"") : text
    }
}
