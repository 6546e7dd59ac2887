internal import Testing

@testable import Chaos

/// Each test takes a sound history and breaks it in one way.
@Suite("The ledger of slots")
struct SlotLedgerTests {
    private static let site: Int64 = 1
    private static let interval: Int64 = 1_000
    /// The first slot after 10 s.
    private static let first = DueSlots.phase(of: site, interval: interval) + 10_000

    private static func slot(_ index: Int64) -> SlotKey { SlotKey(site: site, slot: first + index * interval) }

    /// Two slots that were pushed and ended as results, and one that was missed.
    private static let sound: [JournalEntry] = [
        .jobAdded(id: "1-0", slot: slot(0)), .jobsCut(length: 1), .marked(through: first, isComplete: true), .commit,
        .jobAdded(id: "2-0", slot: slot(1)), .jobsCut(length: 2), .marked(through: first + 1_000, isComplete: true),
        .commit,
        .jobRemoved(id: "1-0"), .jobRemoved(id: "2-0"), .jobsEnded(end: "result", count: 2), .commit,
        .marked(through: first + 2_000, isComplete: true), .commit,
    ]
    private static let gap = Gap(interval: interval, afterSlot: first + 1_000, afterSite: .max, through: first + 2_000)

    private func violations(
        _ entries: [JournalEntry] = Self.sound,
        results: [SlotKey] = [Self.slot(0), Self.slot(1)],
        gaps: [Gap] = [Self.gap],
        missed: Int = 1,
        waiting: Set<SlotKey> = []
    ) -> Set<Violation> {
        var ledger = SlotLedger()
        for entry in entries { ledger.take(entry) }
        for result in results { ledger.recorded(result) }
        let due = DueSlots(interval: Self.interval, after: Self.first - 1, through: ledger.completeMark)
        #expect(ledger.settle(due, sites: [Self.site], gaps: gaps, missed: missed, waiting: waiting) == 3)
        return Set(ledger.violations.counts.keys)
    }

    @Test("A sound history has no violation")
    func sound() { #expect(violations().isEmpty) }

    @Test("A slot that was neither pushed nor missed has no end")
    func neverPushed() { #expect(violations(gaps: [], missed: 0) == [.slotWithoutEnd]) }

    @Test("A job that still waits has no end")
    func waiting() {
        var entries = Self.sound
        entries[9] = .freed(item: "job 2-0")
        entries[10] = .jobsEnded(end: "result", count: 1)
        #expect(violations(entries, results: [Self.slot(0)]) == [.slotWithoutEnd])
        #expect(violations(entries, results: [Self.slot(0)], waiting: [Self.slot(1)]).isEmpty)
    }

    @Test("A slot that was pushed twice, and ended twice, has two ends")
    func pushedTwice() {
        let again: [JournalEntry] = [
            .jobAdded(id: "3-0", slot: Self.slot(0)), .commit, .jobRemoved(id: "3-0"),
            .jobsEnded(end: "expired", count: 1), .commit,
        ]
        #expect(violations(Self.sound + again).contains(.slotWithTwoEnds))
    }

    @Test("A slot that was missed and pushed has two ends")
    func missedAndPushed() {
        let wide = Gap(interval: Self.interval, afterSlot: Self.first, afterSite: .max, through: Self.first + 2_000)
        #expect(violations(gaps: [wide], missed: 2) == [.slotWithTwoEnds])
    }

    @Test("Gaps that overlap count a slot twice")
    func overlappingGaps() { #expect(violations(gaps: [Self.gap, Self.gap]) == [.slotWithTwoEnds]) }

    @Test("A count of missed slots that is not that of the gaps is told")
    func wrongMissed() { #expect(violations(missed: 2) == [.countsDiffer]) }

    @Test("An end that is counted for a job that had ended is told")
    func endedTwice() {
        let again: [JournalEntry] = [.jobRemoved(id: "1-0"), .jobsEnded(end: "result", count: 1), .commit]
        #expect(violations(Self.sound + again) == [.endCountedTwice])
    }

    @Test("A job that leaves without an end is told, and so is one that is tidied away")
    func vanished() {
        var entries = Self.sound
        entries[10] = .jobsEnded(end: "result", count: 1)
        #expect(violations(entries).contains(.jobVanished))
        entries[10] = .jobsEnded(end: "tidied", count: 2)
        #expect(violations(entries).contains(.jobVanished))
    }

    @Test("A job that ended as a result without a record is told")
    func resultLost() { #expect(violations(results: [Self.slot(0)]) == [.resultLost]) }

    @Test("A record beside another end is told, also where a step had several ends")
    func resultBesideEnd() {
        var entries = Self.sound
        entries[10] = .jobsEnded(end: "expired", count: 2)
        #expect(violations(entries) == [.resultBesideEnd])
        entries.replaceSubrange(
            10...10,
            with: [.jobsEnded(end: "expired", count: 1), .jobsEnded(end: "result", count: 1)]
        )
        #expect(violations(entries) == [.resultBesideEnd])
        #expect(violations(entries, results: [Self.slot(1)]).isEmpty)
        #expect(violations(entries, results: []) == [.resultLost])
    }

    @Test("A slot that the database closed has that end, and no other")
    func closed() {
        var ledger = SlotLedger()
        for entry in Self.sound { ledger.take(entry) }
        for slot in [Self.slot(0), Self.slot(1)] { ledger.recorded(slot) }
        ledger.recorded(Self.slot(2), as: "missed")
        let due = DueSlots(interval: Self.interval, after: Self.first - 1, through: ledger.completeMark)
        var sound = ledger
        _ = sound.settle(due, sites: [Self.site], gaps: [], missed: 1, waiting: [])
        #expect(sound.violations.isEmpty)
        var inGap = ledger
        _ = inGap.settle(due, sites: [Self.site], gaps: [Self.gap], missed: 1, waiting: [])
        #expect(Set(inGap.violations.counts.keys) == [.slotWithTwoEnds])
        ledger.recorded(Self.slot(1), as: "expired")
        _ = ledger.settle(due, sites: [Self.site], gaps: [], missed: 1, waiting: [])
        #expect(Set(ledger.violations.counts.keys) == [.resultBesideEnd])
    }

    @Test("A slot off the schedule is told")
    func notDue() {
        let key = SlotKey(site: Self.site, slot: Self.first + 1)
        let other: [JournalEntry] = [
            .jobAdded(id: "3-0", slot: key), .commit, .jobRemoved(id: "3-0"), .jobsEnded(end: "skipped", count: 1),
            .commit,
        ]
        #expect(violations(Self.sound + other) == [.slotNotDue])
    }

    @Test("A mark that goes back is told")
    func markWentBack() {
        #expect(violations(Self.sound + [.marked(through: Self.first, isComplete: false)]) == [.markWentBack])
    }

    @Test("What the stream is cut by is trimmed, oldest first")
    func trimmed() {
        var entries = Self.sound
        entries[5] = .jobsCut(length: 1)
        entries[8] = .commit
        entries[10] = .jobsEnded(end: "result", count: 1)
        #expect(violations(entries, results: [Self.slot(1)]).isEmpty)
    }

    @Test("A job that the stream is cut by while a worker has it in hand ends as that one says, or else as trimmed")
    func cutInHand() {
        var entries = Self.sound
        entries[5] = .jobsCut(length: 1)
        entries[8] = .jobAcknowledged(id: "1-0")
        #expect(violations(entries).isEmpty)
        // Acknowledged in a step of its own: it was found to be gone.
        entries[8] = .commit
        entries[10] = .jobsEnded(end: "result", count: 1)
        #expect(violations([.jobAcknowledged(id: "1-0"), .commit] + entries, results: [Self.slot(1)]).isEmpty)
        // A result beside the end.
        #expect(violations(entries) == [.resultBesideEnd])
    }
}
