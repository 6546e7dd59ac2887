internal import Metrics
internal import Monitoring

/// What an ``EventIntake`` counts.
struct IntakeMetrics: Sendable {
    /// What became of a request.
    enum Outcome: String, Sendable, CaseIterable {
        case queued
        case replayed
        case malformed
        case invalid
        case mismatch
        case full
        case unavailable
    }

    private let requests: CounterGroup<Outcome>
    private let events: Counter
    private let duration: Timer

    init(_ factory: any MetricsFactory) {
        requests = CounterGroup("tocsin_event_requests_total", label: "outcome", factory)
        events = Counter(label: "tocsin_events_accepted_total", factory: factory)
        duration = Timer(label: "tocsin_event_acceptance_duration_seconds", factory: factory)
    }

    /// A request was answered, after that time.
    func accepted(_ answer: IntakeAnswer, in time: Duration) {
        requests.increment(answer.isReplay ? .replayed : .queued)
        if !answer.isReplay { events.increment(by: answer.ids.count) }
        duration.record(duration: time)
    }

    /// A request was not taken in.
    func refused(_ error: any Error) {
        let outcome: Outcome =
            switch error as? IntakeError {
            case .malformed: .malformed
            case .invalid: .invalid
            case .mismatch: .mismatch
            case .full: .full
            case .unavailable, nil: .unavailable
            }
        requests.increment(outcome)
    }
}
