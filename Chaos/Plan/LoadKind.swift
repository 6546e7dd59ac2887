/// Kinds of events in the load, which go to different receivers.
enum LoadKind: String, CaseIterable, Sendable {
    case steady
    case flaky
    case both
    case hanging
    case limited
    case slack
    case refused
    /// No channel wants it.
    case nobody

    /// The kind of the event of a number.
    init(number: Int) {
        // A number of no pattern beside the clients', who take numbers in turn.
        switch SeededGenerator.percent(UInt64(number)) {
        case ..<30: self = .steady
        case ..<45: self = .flaky
        case ..<60: self = .both
        case ..<65: self = .hanging
        case ..<75: self = .limited
        case ..<85: self = .slack
        case ..<95: self = .refused
        default: self = .nobody
        }
    }

    /// The event's type.
    var type: String { "load.\(rawValue)" }

    /// Where it has to arrive.
    var receivers: [Receiver] {
        switch self {
        case .steady: [.steady]
        case .flaky: [.flaky]
        case .both: [.steady, .flaky]
        case .hanging: [.hanging]
        case .limited: [.limited]
        case .slack: [.slack]
        case .refused: [.refusing]
        case .nobody: []
        }
    }
}
