/// What follows from the faults for those who judge what happened.
struct FaultAccount: Sendable {
    let records: [FaultHistory.Record]
    /// The processes of each role.
    let members: [Fault.Target: [String]]
    let lease: Int64

    /// How often a notifier was taken from what it had in flight.
    var strandings: Int { records.count { $0.fault.target.sends && [.kill, .stop].contains($0.fault.kind) } }

    /// When each holder was killed.
    var deaths: [String: Takeovers.Death] {
        var deaths: [String: Takeovers.Death] = [:]
        for record in records where record.fault.kind == .kill {
            for holder in record.holders {
                deaths[holder] = Takeovers.Death(at: record.from, target: record.fault.target)
            }
        }
        return deaths
    }

    /// When takeovers could not be expected: the broker was away, or all processes of the role at once.
    var disturbances: [Fault.Target: [ClosedRange<Int64>]] {
        // After a gap in its time the broker lets nobody take over for a lease; cut connections and OOM are no excuse.
        let broker = records.filter { $0.fault.target == .redis && [.kill, .stop].contains($0.fault.kind) }.map {
            $0.from...($0.until + lease + 1_000)
        }
        var disturbances: [Fault.Target: [ClosedRange<Int64>]] = [:]
        for (target, names) in members {
            if target == .serve {
                disturbances[target] = records.filter { $0.fault.kind == .stop }.map { $0.from...($0.until + lease) }
            } else {
                disturbances[target] = broker + awayTogether(names)
            }
        }
        return disturbances
    }

    /// When the broker was killed.
    var brokerDeaths: [Int64] { records.filter { $0.fault == Fault(kind: .kill, target: .redis) }.map(\.from) }

    /// When all of some processes were away.
    private func awayTogether(_ names: [String]) -> [ClosedRange<Int64>] {
        var together: [ClosedRange<Int64>]?
        for name in names {
            let spans = records.filter { $0.member == name }.map { $0.from...max($0.from, $0.until) }
            together =
                together?.flatMap { span in spans.filter { $0.overlaps(span) }.map { $0.clamped(to: span) } } ?? spans
        }
        return together ?? []
    }

    /// When a sender, or the broker that it tells, was away.
    var senderFaults: [ClosedRange<Int64>] {
        records.filter { $0.fault.target.sends || $0.fault.target == .redis }
            .map { $0.from...max($0.from, $0.until) }
    }

    /// When senders went on after a stop.
    var resumedSenders: [Int64] {
        records.filter { $0.fault.kind == .stop && ($0.fault.target.sends || $0.fault.target == .redis) }.map(\.until)
    }
}
