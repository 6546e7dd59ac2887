internal import Metrics
internal import Monitoring

/// What an ``OutboxRelay`` counts.
struct RelayMetrics: Sendable {
    private let waiting: Meter
    private let oldest: Meter
    private let relayed: Counter

    init(_ factory: any MetricsFactory) {
        waiting = Meter(label: "tocsin_outbox_waiting", factory: factory)
        oldest = Meter(label: "tocsin_outbox_oldest_age_seconds", factory: factory)
        relayed = Counter(label: "tocsin_outbox_relayed_total", factory: factory)
    }

    /// The first of what waits were read.
    func saw(_ entries: [OutboxEntry], at now: Timestamp) {
        waiting.set(entries.count)
        let age = entries.first.map { now - $0.transition.at } ?? .zero
        oldest.set(max(.zero, age).inSeconds)
    }

    /// Transitions are in the queue.
    func relayed(_ count: Int) { relayed.increment(by: count) }
}
