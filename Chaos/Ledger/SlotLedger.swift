/// Where each slot has gone, from the broker's journal and the database's records.
struct SlotLedger: Sendable {
    /// The ends that a slot can have.
    enum End: UInt8, CaseIterable, Sendable {
        case result
        case expired
        case skipped
        case buried
        case missed
        case trimmed
        /// One of several ends of one step, which does not say which is whose.
        case mixed
    }

    private struct Record {
        var pushes: UInt8 = 0
        var ends: UInt8 = 0
        var end: End?
        var isRecorded = false
        /// How the database says that it ended without a result.
        var closing: End?
    }

    /// Ends that one step counted for several slots.
    private struct Mixture {
        let slots: [SlotKey]
        let results: Int
    }

    private var records: [SlotKey: Record] = [:]
    private var open: [String: SlotKey] = [:]
    /// The order of the open jobs, in which the stream is cut; those that have ended are passed over.
    private var order: [String] = []
    private var firstInOrder = 0
    /// What the stream was cut by, and a worker may still have in hand.
    private var cut: [String: SlotKey] = [:]
    private var removed: [SlotKey] = []
    /// Of those that the stream was cut by, the ones that this step acknowledges.
    private var acknowledged: [SlotKey] = []
    private var ended: [String: Int] = [:]
    private var mixtures: [Mixture] = []
    private var lastMark: Int64 = .min

    private(set) var violations = ViolationLog()
    /// How often each end was counted.
    private(set) var counts: [End: Int] = [:]
    private(set) var pushed = 0
    /// Where the schedule begins: before the first pusher led, nothing was due.
    private(set) var firstMark: Int64 = .max
    /// How far the schedule is pushed without a hole.
    private(set) var completeMark: Int64 = .min

    /// Jobs that have not ended.
    var waiting: Int { open.count }

    /// Takes the next entry of the journal.
    mutating func take(_ entry: JournalEntry) {
        switch entry {
        case .jobAdded(let id, let slot):
            pushed += 1
            records[slot, default: Record()].pushes += 1
            open[id] = slot
            order.append(id)
        case .jobRemoved(let id):
            if let slot = open.removeValue(forKey: id) { removed.append(slot) }
        case .jobAcknowledged(let id):
            if let slot = cut.removeValue(forKey: id) { acknowledged.append(slot) }
        case .jobsEnded(let end, let count): ended[end, default: 0] += count
        case .jobsCut(let length): cut(to: length)
        case .marked(let through, let isComplete):
            if through < lastMark { violations.add(.markWentBack, "from \(lastMark) to \(through)") }
            lastMark = through
            firstMark = min(firstMark, through)
            if isComplete { completeMark = through }
        case .commit: commit()
        case .event, .deliveryEnded, .taken, .freed: break
        }
    }

    /// Takes a slot that has ended in the database: without a name of an end, with a result.
    mutating func recorded(_ slot: SlotKey, as end: String? = nil) {
        if let end {
            records[slot, default: Record()].closing = Self.ends[end]
        } else {
            records[slot, default: Record()].isRecorded = true
        }
    }

    private mutating func cut(to length: Int) {
        while open.count > length, firstInOrder < order.count {
            let id = order[firstInOrder]
            firstInOrder += 1
            guard let slot = open.removeValue(forKey: id) else { continue }
            cut[id] = slot
            end(slot, .trimmed)
            counts[.trimmed, default: 0] += 1
        }
        if firstInOrder > 10_000 {
            order.removeFirst(firstInOrder)
            firstInOrder = 0
        }
    }

    private mutating func commit() {
        defer {
            removed.removeAll(keepingCapacity: true)
            acknowledged.removeAll(keepingCapacity: true)
            ended.removeAll(keepingCapacity: true)
        }
        guard !removed.isEmpty || !ended.isEmpty else { return }
        let ends = ended.filter { $0.value > 0 }
        // What is acknowledged and given no end was found to be gone; it stays trimmed.
        if !ends.isEmpty { for slot in acknowledged { removed.append(takeBack(slot)) } }
        let total = ends.values.reduce(0, +)
        if total > removed.count {
            violations.add(.endCountedTwice, "\(ends) were counted where \(removed.count) jobs left the stream")
        } else if total < removed.count {
            violations.add(.jobVanished, "\(ends) were counted where \(removed.count) jobs left: \(removed.prefix(3))")
        }
        var kinds: [End: Int] = [:]
        for (name, count) in ends {
            guard let end = Self.ends[name] else {
                violations.add(.jobVanished, "\(count) jobs left as `\(name)`, which is no end")
                continue
            }
            kinds[end, default: 0] += count
            counts[end, default: 0] += count
        }
        if let (kind, _) = kinds.first, kinds.count == 1 {
            for slot in removed { end(slot, kind) }
        } else {
            for slot in removed { end(slot, .mixed) }
            mixtures.append(Mixture(slots: removed, results: kinds[.result] ?? 0))
        }
    }

    /// Undoes that a slot was trimmed: whoever had its job in hand has ended it.
    private mutating func takeBack(_ slot: SlotKey) -> SlotKey {
        records[slot, default: Record()].ends -= 1
        counts[.trimmed, default: 0] -= 1
        return slot
    }

    private mutating func end(_ slot: SlotKey, _ end: End) {
        records[slot, default: Record()].ends += 1
        records[slot]?.end = end
    }

    /// The ends by their names; what leaves the stream otherwise (`tidied`, `unstored`) was no job of a site.
    private static let ends = Dictionary(
        uniqueKeysWithValues: End.allCases.filter { $0 != .mixed }.map { ("\($0)", $0) }
    )

    /// Compares with what was due.
    ///
    /// - Parameters:
    ///   - due: The span in which every slot must have an end.
    ///   - sites: The sites, which were all there through all of it.
    ///   - gaps: What the database says was never pushed.
    ///   - missed: How many slots the database counts as missed.
    ///   - waiting: Those whose jobs may wait at the end, since nobody is left to take them.
    /// - Returns: How many slots were due.
    mutating func settle(_ due: DueSlots, sites: [Int64], gaps: [Gap], missed: Int, waiting: Set<SlotKey>) -> Int {
        var missing: Set<SlotKey> = []
        for gap in gaps {
            for site in sites {
                for slot in gap.slots(of: site) where !missing.insert(SlotKey(site: site, slot: slot)).inserted {
                    violations.add(.slotWithTwoEnds, "site \(site) slot \(slot) is in two gaps")
                }
            }
        }
        for (key, record) in records where record.closing == .missed && !missing.insert(key).inserted {
            violations.add(.slotWithTwoEnds, "site \(key.site) slot \(key.slot) is closed, and in a gap")
        }
        counts[.missed] = missing.count
        if missing.count != missed {
            violations.add(.countsDiffer, "the gaps hold \(missing.count) slots, and \(missed) are counted as missed")
        }
        var total = 0
        for site in sites {
            for slot in due.slots(of: site) {
                total += 1
                let key = SlotKey(site: site, slot: slot)
                if records[key]?.ends ?? 0 == 0, !missing.contains(key), !waiting.contains(key) {
                    let state = records[key].map { "pushed \($0.pushes) times" } ?? "never pushed"
                    violations.add(.slotWithoutEnd, "site \(site) slot \(slot): \(state)")
                }
            }
        }
        for (key, record) in records {
            let isAccountedFor = missing.contains(key) || waiting.contains(key)
            if record.ends < record.pushes, !isAccountedFor, !due.contains(key) {
                violations.add(.slotWithoutEnd, "site \(key.site) slot \(key.slot): pushed, and still waiting")
            }
            check(key, record, due: due, isMissed: missing.contains(key))
        }
        for mixture in mixtures {
            let recorded = mixture.slots.count { records[$0]?.isRecorded == true }
            if recorded < mixture.results { violations.add(.resultLost, "\(mixture)") }
            if recorded > mixture.results { violations.add(.resultBesideEnd, "\(mixture)") }
        }
        return total
    }

    private mutating func check(_ key: SlotKey, _ record: Record, due: DueSlots, isMissed: Bool) {
        let name = "site \(key.site) slot \(key.slot)"
        let ends = Int(record.ends) + (isMissed ? 1 : 0)
        if ends > 1 {
            violations.add(
                .slotWithTwoEnds,
                "\(name): pushed \(record.pushes) times, ended \(record.ends) times\(isMissed ? ", missed" : "")"
            )
        }
        if let closing = record.closing {
            let end = record.end
            if record.isRecorded || end != nil && end != .mixed && end != closing {
                violations.add(.resultBesideEnd, "\(name): closed as \(closing), and ended otherwise")
            }
        }
        if record.pushes > 0, !due.isDue(key) { violations.add(.slotNotDue, name) }
        switch record.end {
        case .result where !record.isRecorded: violations.add(.resultLost, name)
        case .result, .mixed: break
        case let end where record.isRecorded && end != nil:
            violations.add(.resultBesideEnd, "\(name): ended as \(end.map { "\($0)" } ?? "")")
        default: break
        }
    }
}
