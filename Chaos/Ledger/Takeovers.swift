/// How long what a killed process held stayed with it.
struct Takeovers: Sendable {
    private struct Holding {
        let holder: String
        let since: Int64
    }

    /// When a holder was killed, and what it was.
    struct Death: Sendable {
        let at: Int64
        let target: Fault.Target
    }

    private var holdings: [String: Holding] = [:]
    private let deaths: [String: Death]
    private let disturbances: [Fault.Target: [ClosedRange<Int64>]]
    private let limit: Int64

    private(set) var violations = ViolationLog()
    private(set) var count = 0
    /// The longest, in ms, of each role, during which nothing was hit that the takeover needs.
    private(set) var worst: [Fault.Target: Int64] = [:]
    /// The longest of all.
    private(set) var worstDisturbed: Int64 = 0

    /// Makes the record.
    ///
    /// - Parameters:
    ///   - deaths: By the names under which the processes held things.
    ///   - disturbances: When the broker, or all processes of a role, were away.
    ///   - limit: The longest time in ms that a takeover may take.
    init(deaths: [String: Death], disturbances: [Fault.Target: [ClosedRange<Int64>]], limit: Int64) {
        self.deaths = deaths
        self.disturbances = disturbances
        self.limit = limit
    }

    /// Takes the next entry of the broker's journal.
    mutating func take(_ entry: JournalEntry) {
        switch entry {
        case .taken(let item, let holder, let at):
            if let before = holdings[item], before.holder != holder { measure(item, before, at: at) }
            holdings[item] = Holding(holder: holder, since: at)
        case .freed(let item): holdings[item] = nil
        default: break
        }
    }

    private mutating func measure(_ item: String, _ before: Holding, at now: Int64) {
        guard let death = deaths[before.holder], death.at >= before.since, now >= death.at else { return }
        let time = now - death.at
        count += 1
        worstDisturbed = max(worstDisturbed, time)
        guard !(disturbances[death.target] ?? []).contains(where: { $0.overlaps(death.at...now) }) else { return }
        worst[death.target] = max(worst[death.target] ?? 0, time)
        if time > limit { violations.add(.takenOverLate, "\(item) of \(before.holder) after \(time) ms") }
    }
}
