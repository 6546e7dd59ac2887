internal import Monitoring
internal import Testing

@testable import Monitoring

@Suite("A window of the schedule")
struct PushWindowTests {
    private let minute = Duration.seconds(60)

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }

    fileprivate func makeWindow(
        _ mark: Mark?,
        doubt: PushProgress? = nil,
        now: Timestamp,
        intervals: [Duration]
    ) -> PushWindow? {
        PushWindow(
            after: mark,
            doubt: doubt,
            now: now,
            tick: .seconds(1),
            region: "default",
            schedule: .burst,
            intervals: intervals
        )
    }

    private func slots(_ ids: ClosedRange<Int64>, at slot: Timestamp) -> [DueSlot] {
        ids.map { DueSlot(site: SiteID(rawValue: $0), url: "http://example.com", revision: 1, slot: slot) }
    }

    private func complete(through: Timestamp) -> Mark {
        Mark(from: through, through: through, position: nil, count: 0)
    }

    @Test("begins at the present where there is no mark, with nothing due")
    func beginning() throws {
        let window = try #require(makeWindow(nil, now: time(1_000), intervals: [minute]))
        #expect(window.next(now: time(1_000)) == .done)
        #expect(window.mark == complete(through: time(1_000)))
    }

    @Test("is set to now where the mark is more than a tick ahead")
    func markAhead() throws {
        let window = try #require(makeWindow(complete(through: time(5_000)), now: time(1_000), intervals: [minute]))
        #expect(window.mark == complete(through: time(1_000)))
    }

    @Test("is none where no time has passed")
    func noTime() {
        #expect(makeWindow(complete(through: time(1_000)), now: time(1_000), intervals: [minute]) == nil)
    }

    @Test(
        "of N sites is read in the number of pages that the batch size asks for",
        arguments: [
            (0, [0]), (1, [1]), (199, [199]), (200, [200]), (201, [200, 1]), (5_000, Array(repeating: 200, count: 25)),
            (5_001, Array(repeating: 200, count: 25) + [1]),
        ]
    )
    func pages(sites: Int, expected: [Int]) throws {
        var window = try #require(makeWindow(complete(through: time(59)), now: time(60), intervals: [minute]))
        var pages: [Int] = []
        var next: Int64 = 1
        while case .read(_, let after) = window.next(now: time(60)) {
            if after.site.rawValue != .max { next = after.site.rawValue + 1 }
            let last = min(next + 200, Int64(sites))
            let read = next <= last ? slots(next...last, at: time(60)) : []
            pages.append(window.read(read, size: 200).count)
        }
        #expect(pages == expected)
        #expect(window.next(now: time(60)) == .done)
        #expect(window.mark == Mark(from: time(59), through: time(60), position: nil, count: sites))
    }

    @Test("is read on after a gap, although time has passed while the gap was written down")
    func gapDoesNotFollowTheClock() throws {
        var window = try #require(makeWindow(complete(through: time(0)), now: time(100), intervals: [minute]))
        guard case .recordGap(let gap) = window.next(now: time(101)) else {
            Issue.record("there is no gap")
            return
        }
        #expect(gap.through == time(41))
        window.missed(gap)
        #expect(window.next(now: time(102)) == .read(interval: minute, after: .end(of: time(41))))
        // What has waited long is missed after all.
        guard case .recordGap(let later) = window.next(now: time(141)) else {
            Issue.record("there is no later gap")
            return
        }
        #expect(later.after == .end(of: time(41)))
        #expect(later.through == time(81))
    }

    @Test("goes on from the cursor of a mark that another leader left")
    func resuming() throws {
        var first = try #require(
            makeWindow(complete(through: time(59)), now: time(60), intervals: [.seconds(30), minute])
        )
        _ = first.read([], size: 2)
        _ = first.read(slots(1...3, at: time(60)), size: 2)
        let mark = first.mark
        #expect(mark.count == 2)

        let second = try #require(makeWindow(mark, now: time(61), intervals: [.seconds(30), minute]))
        let cursor = SlotCursor(slot: time(60), site: SiteID(rawValue: 2))
        #expect(second.next(now: time(61)) == .read(interval: minute, after: cursor))
        #expect(second.mark == mark)
    }

    @Test("records what has become too old while the pusher was away, and pushes only the newest slot")
    func outage() throws {
        var window = try #require(makeWindow(complete(through: time(0)), now: time(300), intervals: [minute]))
        guard case .recordGap(let gap) = window.next(now: time(300)) else {
            Issue.record("the old slots are not recorded as missed")
            return
        }
        #expect(gap.after == .end(of: time(0)))
        #expect(gap.through == time(240))
        window.missed(gap)
        #expect(window.next(now: time(300)) == .read(interval: minute, after: .end(of: time(240))))
    }

    @Test("records the rest of a page as missed where it had to wait for longer than the interval")
    func waiting() throws {
        var window = try #require(makeWindow(complete(through: time(59)), now: time(60), intervals: [minute]))
        _ = window.read(slots(1...3, at: time(60)), size: 2)
        guard case .recordGap(let gap) = window.next(now: time(200)) else {
            Issue.record("the old slots are not recorded as missed")
            return
        }
        #expect(gap.after == SlotCursor(slot: time(60), site: SiteID(rawValue: 2)))
        #expect(gap.through == time(60))
        window.missed(gap)
        #expect(window.next(now: time(200)) == .done)
        #expect(window.mark == Mark(from: time(59), through: time(60), position: nil, count: 2))
    }

    @Test("without a mark, goes on from what the database knows: what may have been pushed is looked at one by one")
    func lostMark() throws {
        let doubt = PushProgress(settled: time(1_000), horizon: time(1_030))
        var window = try #require(makeWindow(nil, doubt: doubt, now: time(1_100), intervals: [.seconds(10), minute]))
        // A slot may be pushed that is a quarter of its interval too old. So up to 987.5 all slots of 10 s have ended, up to
        // 1,030 each may have; none behind it was pushed.
        var place = SlotCursor.end(of: time(990) - .milliseconds(2_500))
        while case .sift(let interval, let after, let through) = window.next(now: time(1_100)) {
            #expect(interval == .seconds(10))
            #expect(after == place)
            #expect(through < after.slot + interval && through <= time(1_030))
            window.sifted([], through: through, limit: 2)
            place = .end(of: through)
        }
        #expect(place == .end(of: time(1_030)))
        guard case .recordGap(let gap) = window.next(now: time(1_100)) else {
            Issue.record("the rest is not recorded as missed")
            return
        }
        #expect(gap.after == place && gap.through == time(1_090))
        window.missed(gap)
        #expect(window.next(now: time(1_100)) == .read(interval: .seconds(10), after: .end(of: time(1_090))))
        _ = window.read([], size: 2)
        // Of a minute those after 925 are in doubt; those after 1,040 are fresh.
        guard case .sift(minute, let after, _) = window.next(now: time(1_100)) else {
            Issue.record("the longer interval is not looked at")
            return
        }
        #expect(after == .end(of: time(925)))
        // Another leader begins at the same places, and a full page is gone on behind.
        let other = try #require(
            makeWindow(window.mark, doubt: doubt, now: time(1_100), intervals: [.seconds(10), minute])
        )
        #expect(other.next(now: time(1_100)) == window.next(now: time(1_100)))
        window.sifted(slots(1...2, at: time(960)), through: time(999), limit: 2)
        guard case .sift(minute, let next, _) = window.next(now: time(1_100)) else {
            Issue.record("a full page is not followed by the next")
            return
        }
        #expect(next == SlotCursor(slot: time(960), site: SiteID(rawValue: 2)))
    }

    @Test("that failed after an outage is gone on with in gaps, and not slot by slot")
    func quietTime() throws {
        // Nothing was pushed in twelve hours, then the horizon was moved on, and the window failed before its first gap.
        let back = time(50_000)
        var progress = PushProgress(settled: time(6_780), horizon: time(6_800))
        progress.extend(to: back + .seconds(30), at: back)
        // It failed for longer than the horizon was moved on by, and what had been quiet is still known.
        progress.extend(to: back + .seconds(90), at: back + .seconds(60))
        let now = back + .seconds(61)
        for mark in [nil, complete(through: time(6_790))] {
            var window = try #require(makeWindow(mark, doubt: progress, now: now, intervals: [minute]))
            var sifted = Duration.zero
            var gaps: [ScheduleGap] = []
            loop: while true {
                switch window.next(now: now) {
                case .recordGap(let gap):
                    gaps.append(gap)
                    window.missed(gap)
                case .sift(_, let after, let through):
                    sifted += through - after.slot
                    window.sifted([], through: through, limit: 2)
                case .read, .done: break loop
                }
            }
            #expect(gaps.map(\.after) == [.end(of: time(6_800))])
            #expect(gaps.map(\.through) == [back - .seconds(75)])
            #expect(sifted < .seconds(200))
            #expect(window.next(now: now) == .read(interval: minute, after: .end(of: now - minute)))
        }
    }

    @Test("covers each slot exactly once, whatever the waits, the changes of leaders and the marks that are lost")
    func everySlotOnce() {
        for _ in 0..<300 {
            var schedule = ModelSchedule()
            for _ in 0..<20 { schedule.tick(self) }
            for due in schedule.due(after: .end(of: time(100)), through: schedule.completeThrough) {
                #expect(schedule.ends(of: due) == 1, "\(due) of interval \(schedule.interval)")
            }
        }
    }

    /// A few sites of one interval, the leaders that push them, and what the broker and the database keep.
    private struct ModelSchedule {
        let interval = Duration.seconds(Int64.random(in: 1...5))
        let sites: ClosedRange<Int64> = 1...Int64.random(in: 1...7)
        var now = Timestamp(milliseconds: 100_000)
        var completeThrough = Timestamp(milliseconds: 100_000)
        var mark: Mark?
        /// Whether the leader knows that the mark is its own.
        var isCertain = false
        var progress = PushProgress(
            settled: Timestamp(milliseconds: 100_000),
            horizon: Timestamp(milliseconds: 100_000)
        )
        var pushed: [SlotCursor] = []
        var missed: [SlotCursor] = []
        var gaps: [ScheduleGap] = []

        init() {
            mark = Mark(from: now, through: now, position: nil, count: 0)
        }

        func due(after: SlotCursor, through: Timestamp) -> [SlotCursor] {
            let step = interval.milliseconds
            return stride(from: after.slot.milliseconds / step * step, through: through.milliseconds, by: Int(step))
                .flatMap { slot in
                    sites.map { SlotCursor(slot: Timestamp(milliseconds: slot), site: SiteID(rawValue: $0)) }
                }
                .filter { $0 > after }
        }

        func ends(of due: SlotCursor) -> Int {
            let isInGap = gaps.contains { $0.after < due && due.slot <= $0.through }
            return pushed.count { $0 == due } + missed.count { $0 == due } + (isInGap ? 1 : 0)
        }

        mutating func tick(_ tests: PushWindowTests) {
            now = now + .milliseconds(Int64.random(in: 1...9_000))
            if Int.random(in: 0..<6) == 0 { (mark, isCertain) = (nil, false) }
            let doubt = isCertain ? nil : progress
            guard var window = tests.makeWindow(mark, doubt: doubt, now: now, intervals: [interval]) else { return }
            isCertain = false
            // Every job ends at once here, so that all up to a complete mark is settled.
            if Bool.random() { progress.settled = completeThrough }
            if window.through > progress.horizon {
                progress.extend(to: window.through + .seconds(Int64.random(in: 0...9)), at: now)
            }
            while true {
                switch window.next(now: now) {
                case .done:
                    completeThrough = window.through
                    mark = window.mark
                    isCertain = true
                    return
                case .recordGap(let gap):
                    gaps.append(gap)
                    window.missed(gap)
                    mark = window.mark
                case .sift(_, let after, let through):
                    let page = Array(due(after: after, through: through).prefix(2))
                    missed += page.filter { ends(of: $0) == 0 }
                    window.sifted(slots(page), through: through, limit: 2)
                case .read(_, let after):
                    let page = window.read(slots(due(after: after, through: window.through).prefix(3)), size: 2)
                        .map { SlotCursor(slot: $0.slot, site: $0.site) }
                    pushed += page.filter { doubt == nil || ends(of: $0) == 0 }
                    if !page.isEmpty { mark = window.mark }
                }
                // Another leader, after a while; or this one waits.
                if Int.random(in: 0..<5) == 0 { return }
                now = now + .milliseconds(Int64.random(in: 0...2_000))
            }
        }

        private func slots(_ page: some Sequence<SlotCursor>) -> [DueSlot] {
            page.map { DueSlot(site: $0.site, url: "http://example.com", revision: 1, slot: $0.slot) }
        }
    }
}
