package import CoreMetrics
internal import Synchronization

/// The metrics of one process, for `/metrics`.
///
/// Only what its families describe is counted. So every metric has a meaning and a kind, and none a label that nobody
/// planned. A family has at most ``mostSeries`` series; what comes beyond them counts in one whose labels say `other`.
/// It is handed to those who count, so that tests beside each other have one each.
package final class MetricsRegistry: MetricsFactory {
    /// Most series of one family, so that no caller can fill the memory of this process or of Prometheus.
    ///
    /// Enough for every route of the API with each class of status.
    package static let mostSeries = 500
    private static let other = "other"

    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct State {
        var series: [String: [[String]: Series]] = [:]
        var readers: [String: [@Sendable () -> [MetricSample]]] = [:]
        var strays: Set<String> = []
    }

    private let families: [MetricFamily]
    private let byName: [String: MetricFamily]
    private let state = Mutex(State())

    /// Makes a registry of the families, which are shown in this order.
    package init(_ families: [MetricFamily] = .all) {
        self.families = families
        byName = Dictionary(families.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What was asked for though no family describes it, or not as this kind or with these labels; it is not counted.
    package var strays: Set<String> { state.withLock { $0.strays } }

    /// Asks for the value of a gauge or counter whenever the page is made; the answer must come at once.
    package func observe(_ name: String, _ read: @escaping @Sendable () -> [MetricSample]) {
        state.withLock { state in
            guard let family = byName[name], !family.kind.isHistogram else {
                state.strays.insert(name)
                return
            }
            state.readers[name, default: []].append(read)
        }
    }

    /// Everything that is counted, as one page.
    package func exposition() -> ExpositionText {
        let (series, readers) = state.withLock { ($0.series, $0.readers) }
        var page = ExpositionText()
        for family in families {
            let own = (series[family.name] ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }
            if family.kind.isHistogram {
                page.add(
                    family,
                    own.compactMap { labels, series in
                        if case .histogram(let histogram) = series { (labels, histogram.values) } else { nil }
                    }
                )
            } else {
                var samples = own.compactMap { labels, series -> MetricSample? in
                    switch series {
                    case .counter(let counter): MetricSample(labels, counter.value)
                    case .gauge(let gauge): MetricSample(labels, gauge.value)
                    case .histogram: nil
                    }
                }
                for read in readers[family.name] ?? [] { samples += read() }
                page.add(family, samples)
            }
        }
        return page
    }

    // MARK: As a factory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        if case .counter(let counter)? = series(label, dimensions, { $0 == .counter }) { return counter }
        return NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        if case .gauge(let gauge)? = series(label, dimensions, { $0 == .gauge }) { return gauge }
        return NOOPMetricsHandler.instance
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        switch series(label, dimensions, { aggregate ? $0.isHistogram : $0 == .gauge }) {
        case .gauge(let gauge)?: gauge
        case .histogram(let histogram)?: histogram
        case .counter?, nil: NOOPMetricsHandler.instance
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        if case .histogram(let histogram)? = series(label, dimensions, \.isHistogram) { return histogram }
        return NOOPMetricsHandler.instance
    }

    // A series lives as long as its process: one that ended and came back would look as if it had been reset.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of those labels, made where it is new; nil where no family describes it.
    private func series(
        _ name: String,
        _ dimensions: [(String, String)],
        _ isKind: (MetricFamily.Kind) -> Bool
    ) -> Series? {
        state.withLock { state in
            guard let family = byName[name], isKind(family.kind), family.labels == dimensions.map(\.0) else {
                state.strays.insert(name)
                return nil
            }
            var labels = dimensions.map(\.1)
            let known = state.series[name] ?? [:]
            if known[labels] == nil, known.count >= Self.mostSeries - 1 { labels = labels.map { _ in Self.other } }
            if let series = known[labels] { return series }
            let made: Series =
                switch family.kind {
                case .counter: .counter(CounterSeries())
                case .gauge: .gauge(GaugeSeries())
                case .histogram(let bounds): .histogram(HistogramSeries(bounds: bounds))
                }
            state.series[name, default: [:]][labels] = made
            return made
        }
    }
}

extension MetricFamily.Kind {
    /// Whether it is a histogram, of whatever bounds.
    var isHistogram: Bool { if case .histogram = self { true } else { false } }
}
