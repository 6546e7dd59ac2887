/// What is told of one metric: its name, kind and meaning, and the labels by which it is split.
///
/// Names and units follow Prometheus' conventions: base units (seconds, bytes), `_total` for what only grows.
package struct MetricFamily: Sendable, Equatable {
    /// How values of the metric behave.
    package enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// Counts of values by size; the upper bounds of the buckets, rising, without the last that has none.
        case histogram([Double])

        /// As the text format calls it.
        package var name: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    package let name: String
    package let kind: Kind
    /// One sentence.
    package let help: String
    /// Names of the labels; every series has a value for each.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }

    /// Bounds for what takes milliseconds to seconds: requests, checks, attempts.
    package static let requestBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// Bounds for what waits: from well to badly late, up to the days that a delivery may be tried for.
    package static let delayBounds: [Double] = [
        0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400, 259_200,
    ]
}
