internal import Metrics

/// What a ``Pusher`` counts.
struct PusherMetrics: Sendable {
    private let leading: Meter
    private let lag: Meter
    let slots: Counter
    let missed: Counter
    let pages: Counter
    let pauses: Counter

    init(_ factory: any MetricsFactory) {
        leading = Meter(label: "tocsin_pusher_leading", factory: factory)
        lag = Meter(label: "tocsin_pusher_lag_seconds", factory: factory)
        slots = Counter(label: "tocsin_pusher_slots_pushed_total", factory: factory)
        missed = Counter(label: "tocsin_pusher_slots_missed_total", factory: factory)
        pages = Counter(label: "tocsin_pusher_pages_total", factory: factory)
        pauses = Counter(label: "tocsin_pusher_backpressure_pauses_total", factory: factory)
    }

    /// This process leads, with the mark as it found it.
    func leads(_ leadership: Leadership) {
        leading.set(1)
        let behind = leadership.mark.map { leadership.now - $0.through } ?? .zero
        lag.set(max(.zero, behind).inSeconds)
    }

    /// Another leads, or nobody.
    func standsBy() {
        leading.set(0)
        lag.set(0)
    }
}
