internal import Metrics

/// What a ``CheckWorker`` counts.
struct CheckMetrics: Sendable {
    private let checks: CounterGroup<Verdict>
    private let failures: CounterGroup<CheckFailure.Phase>
    private let confirmations: Counter
    private let transitions: CounterGroup<Transition.Kind>
    private let duration: Timer
    private let dns: Timer
    private let connect: Timer
    private let tls: Timer
    private let firstByte: Timer
    private let transfer: Timer
    private let startDelay: Timer
    private let recording: Timer

    init(_ factory: any MetricsFactory) {
        checks = CounterGroup("tocsin_checks_total", label: "outcome", factory)
        failures = CounterGroup("tocsin_check_failures_total", label: "phase", factory)
        confirmations = Counter(label: "tocsin_check_confirmation_attempts_total", factory: factory)
        transitions = CounterGroup("tocsin_transitions_total", label: "kind", factory)
        duration = Timer(label: "tocsin_check_duration_seconds", factory: factory)
        func phase(_ name: String) -> Timer {
            let label = "tocsin_check_phase_duration_seconds"
            return Timer(label: label, dimensions: [("phase", name)], factory: factory)
        }
        dns = phase("dns")
        connect = phase("connect")
        tls = phase("tls")
        firstByte = phase("first_byte")
        transfer = phase("transfer")
        startDelay = Timer(label: "tocsin_check_start_delay_seconds", factory: factory)
        recording = Timer(label: "tocsin_result_recording_duration_seconds", factory: factory)
    }

    /// A check begins, that long after its slot.
    func begun(after delay: Duration) { startDelay.record(duration: max(delay, .zero)) }

    /// A result is in the database, and was not there before.
    func recorded(_ result: CheckResult, _ transitions: [Transition]) {
        let observation = result.observation
        checks.increment(observation.verdict)
        if let failure = observation.failure { failures.increment(failure.phase) }
        if result.attempts > 1 { confirmations.increment(by: result.attempts - 1) }
        let phases = observation.phases
        Self.record(phases.total, in: duration)
        Self.record(phases.dns, in: dns)
        Self.record(phases.connect, in: connect)
        Self.record(phases.tls, in: tls)
        Self.record(phases.firstByte, in: firstByte)
        Self.record(phases.transfer, in: transfer)
        for transition in transitions { self.transitions.increment(transition.kind) }
    }

    /// A batch was committed, after that time.
    func committed(in duration: Duration) { recording.record(duration: duration) }

    private static func record(_ duration: Duration?, in timer: Timer) {
        if let duration { timer.record(duration: duration) }
    }
}
