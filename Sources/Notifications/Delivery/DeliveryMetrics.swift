internal import Metrics
internal import Monitoring

/// What a ``DeliveryWorker`` counts.
///
/// It is split by the type of a channel: channels themselves come and go, and may be many.
struct DeliveryMetrics: Sendable {
    private struct Attempt: Hashable {
        let type: ChannelType
        let result: DeliveryAttempt.Result
    }

    private static let label = "channel_type"
    /// Stands for channels that are gone, and for what never had one.
    private static let unknown = "unknown"

    private let attempts: CounterGroup<Attempt>
    private let durations: [ChannelType: Timer]
    private let latencies: [ChannelType: Timer]
    private let running: Meter
    private let dead: CounterGroup<ChannelType?>
    private let unrouted: Counter
    private let pauses: CounterGroup<ChannelType>
    private let openings: CounterGroup<ChannelType>
    private let open: [ChannelType: Meter]

    init(_ factory: any MetricsFactory) {
        let types = ChannelType.allCases
        let keys = types.flatMap { type in [.sent, .retry, .dead].map { Attempt(type: type, result: $0) } }
        attempts = CounterGroup("tocsin_delivery_attempts_total", keys, factory) {
            [(Self.label, $0.type.rawValue), ("outcome", $0.result.rawValue)]
        }
        func timers(_ name: String) -> [ChannelType: Timer] {
            Dictionary(
                uniqueKeysWithValues: types.map {
                    ($0, Timer(label: name, dimensions: [(Self.label, $0.rawValue)], factory: factory))
                }
            )
        }
        durations = timers("tocsin_delivery_attempt_duration_seconds")
        latencies = timers("tocsin_delivery_latency_seconds")
        running = Meter(label: "tocsin_delivery_attempts_running", factory: factory)
        dead = CounterGroup("tocsin_dead_letters_made_total", types + [nil], factory) {
            [(Self.label, $0?.rawValue ?? Self.unknown)]
        }
        unrouted = Counter(label: "tocsin_events_unrouted_total", factory: factory)
        pauses = CounterGroup("tocsin_rate_limit_pauses_total", label: Self.label, factory)
        openings = CounterGroup("tocsin_circuit_breaker_openings_total", label: Self.label, factory)
        open = Dictionary(
            uniqueKeysWithValues: types.map { type in
                let dimensions = [(Self.label, type.rawValue)]
                return (
                    type, Meter(label: "tocsin_circuit_breakers_open", dimensions: dimensions, factory: factory)
                )
            }
        )
    }

    /// An attempt has ended.
    ///
    /// - Parameters:
    ///   - attempt: How.
    ///   - type: Of its channel.
    ///   - latency: From the event's time to now.
    func ended(_ attempt: DeliveryAttempt, at type: ChannelType, latency: Duration) {
        attempts.increment(Attempt(type: type, result: attempt.result))
        durations[type]?.record(duration: attempt.duration)
        if attempt.result == .sent { latencies[type]?.record(duration: max(latency, .zero)) }
        if attempt.result == .dead { dead.increment(type) }
    }

    /// Deliveries or events are dead letters without an attempt of this process.
    func buried(_ count: Int = 1, at type: ChannelType?) { dead.increment(type, by: count) }

    func endedUnrouted() { unrouted.increment() }

    func isRunning(_ count: Int) { running.set(count) }

    func askedToPause(_ type: ChannelType) { pauses.increment(type) }

    func circuitOpened(_ type: ChannelType) { openings.increment(type) }

    /// How many channels of each type have an open circuit.
    func circuitsAreOpen(_ counts: [ChannelType: Int]) {
        for (type, meter) in open { meter.set(counts[type] ?? 0) }
    }
}
