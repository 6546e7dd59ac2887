package import Metrics

/// Counters of one metric, one for each value that its labels may have, made once.
package struct CounterGroup<Key: Hashable & Sendable>: Sendable {
    private let counters: [Key: Counter]

    /// Makes a counter for each of the keys.
    package init(_ name: String, _ keys: [Key], _ factory: any MetricsFactory, labels: (Key) -> [(String, String)]) {
        counters = Dictionary(
            keys.map { ($0, Counter(label: name, dimensions: labels($0), factory: factory)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Counts for one of the keys; any other is not counted.
    package func increment(_ key: Key, by count: Int = 1) { counters[key]?.increment(by: count) }
}

extension CounterGroup where Key: CaseIterable & RawRepresentable<String> {
    /// Makes a counter for each value of one label.
    package init(_ name: String, label: String, _ factory: any MetricsFactory) {
        self.init(name, Array(Key.allCases), factory) { [(label, $0.rawValue)] }
    }
}
