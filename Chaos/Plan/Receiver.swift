/// The receivers, each with a channel of its own.
enum Receiver: String, CaseIterable, Sendable {
    /// Answers 200, sometimes after a while.
    case steady
    /// Answers 503 now and then.
    case flaky
    /// Now and then does not answer, or not to the end.
    case hanging
    /// Now and then answers 429 with `Retry-After`.
    case limited
    /// Slack: now and then answers 429 with the wait in the body.
    case slack
    /// Refuses some events for good.
    case refusing
    /// What becomes of sites, answered 200.
    case sites
    /// What becomes of sites, answered 503 now and then.
    case flakySites

    /// What the channel is told of.
    var events: [String] {
        switch self {
        case .sites, .flakySites: ["site.*"]
        case .steady, .flaky, .hanging, .limited, .slack, .refusing:
            LoadKind.allCases.filter { $0.receivers.contains(self) }.map(\.type)
        }
    }

    /// Whether it is told of sites.
    var hearsOfSites: Bool { self == .sites || self == .flakySites }
    /// The path that its channel posts to.
    var path: String { "/\(rawValue)" }

    /// The receiver of a path.
    init?(path: String) {
        guard let receiver = Self.allCases.first(where: { $0.path == path }) else { return nil }
        self = receiver
    }

    /// What it does with a request.
    enum Reply: Sendable, Equatable {
        case status(Int)
        /// Answers 200 after a while.
        case late(milliseconds: Int64)
        /// Answers 200 with a body that never ends.
        case stall
        case hang
        case close
        /// Answers 429 and asks to be left alone for a while.
        case limit(milliseconds: Int64)

        /// Whether the sender is told that its event has arrived.
        var isSuccess: Bool {
            switch self {
            case .status(let status): status == 200
            case .late, .stall: true
            case .hang, .close, .limit: false
            }
        }
    }

    /// Decides by the seed what the request of an event and attempt is answered.
    ///
    /// Most attempts succeed, since a channel that mostly fails is left alone for half a minute.
    func reply(seed: UInt64, to event: UInt64, attempt: UInt64) -> Reply {
        let draw = SeededGenerator.percent(seed, UInt64(Self.allCases.firstIndex(of: self) ?? 0), event, attempt)
        return switch self {
        case .steady: draw < 30 ? .late(milliseconds: 20 * Int64(draw)) : .status(200)
        case .sites: .status(200)
        case .flaky, .flakySites: draw < 12 ? .status(503) : draw < 15 ? .close : .status(200)
        case .hanging: draw < 10 ? .hang : draw < 16 ? .stall : .status(200)
        case .limited: draw < 6 ? .limit(milliseconds: 1_000 + 1_000 * Int64(draw % 2)) : .status(200)
        case .slack: draw < 6 ? .limit(milliseconds: 1_500) : .status(200)
        // By the event alone: what is refused once is refused always.
        case .refusing:
            SeededGenerator.percent(seed, event) < 15 ? .status(400) : .status(200)
        }
    }
}
