/// What a run came to, as a table.
struct Report: RunReport {
    let options: ChaosOptions
    let faults: [FaultHistory.Record]
    let due: Int
    let slots: SlotLedger
    let deliveries: DeliveryLedger
    let alerts: AlertOrder
    let windows: RateWindows
    let takeovers: Takeovers
    let memory: MemoryRecord
    let mostRepeats: Int
    let incidents: Int
    let violations: ViolationLog

    var text: String {
        (faultLines + eventLines + slotLines + takeoverLines + memoryLines + violationLines).joined(separator: "\n")
    }

    private var faultLines: [String] {
        let kinds = Fault.Kind.allCases
        let head = "| faults | " + kinds.map(\.rawValue).joined(separator: " | ") + " |"
        let rule = "|---|" + kinds.map { _ in "---:|" }.joined()
        let rows = Fault.Target.allCases.compactMap { target -> String? in
            let counts = kinds.map { kind in faults.count { $0.fault == Fault(kind: kind, target: target) } }
            guard counts.contains(where: { $0 > 0 }) else { return nil }
            return "| \(target) | " + counts.map { "\($0)" }.joined(separator: " | ") + " |"
        }
        return [head, rule] + rows + [""]
    }

    private var eventLines: [String] {
        [
            "| events | |", "|---|---:|",
            "| accepted | \(deliveries.accepted) |",
            "| deliveries that arrived | \(deliveries.delivered) |",
            "| repeats (at most \(mostRepeats)) | \(deliveries.repeats) |",
            "| dead letters | \(deliveries.dead) |",
            "| of them buried because their processes were killed again and again | \(deliveries.deadByCrashes) |",
            "| lost with the last second of Redis (--fsync everysec) | \(deliveries.lostWithBroker) |",
            "| incidents | \(incidents) |",
            "| alerts and recoveries that arrived | \(alerts.count) |",
            "| times that a receiver asked to be left alone | \(windows.count) |",
            "| of them known to none but a process that was hit, and not kept | \(windows.excused) |",
            "",
        ]
    }

    private var slotLines: [String] {
        ["| slots | |", "|---|---:|", "| due | \(due) |", "| pushed | \(slots.pushed) |"]
            + SlotLedger.End.allCases.filter { $0 != .mixed }.map { "| \($0) | \(slots.counts[$0] ?? 0) |" }
            + ["| waiting | \(slots.waiting) |", ""]
    }

    private var takeoverLines: [String] {
        ["| takeovers | worst, ms |", "|---|---:|"]
            + takeovers.worst.sorted { $0.key.rawValue < $1.key.rawValue }.map { "| \($0.key) | \($0.value) |" }
            + ["| all \(takeovers.count), further faults in between included | \(takeovers.worstDisturbed) |", ""]
    }

    private var memoryLines: [String] {
        ["| memory, MB | start | most | end |", "|---|---:|---:|---:|"]
            + memory.spans.sorted { $0.key.rawValue < $1.key.rawValue }.map { target, span in
                "| \(target) | \(span.start >> 20) | \(span.most >> 20) | \(span.end >> 20) |"
            } + [""]
    }

    private var violationLines: [String] {
        ["| violations | |", "|---|---:|"]
            + (violations.isEmpty ? ["| none | 0 |"] : [])
            + Violation.allCases.compactMap { violation in
                violations.counts[violation].map { "| \(violation.rawValue) | \($0) |" }
            }
            + Violation.allCases.flatMap { violation in
                (violations.examples[violation] ?? []).map { "  \(violation.rawValue): \($0)" }
            }
    }
}
