internal import Monitoring
internal import Testing

@testable import Monitoring

@Suite("A window of the schedule")
struct PushWindowTests {
    private let minute = Duration.seconds(60)

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }

    private func makeWindow(_ mark: Mark?, now: Timestamp, intervals: [Duration]) -> PushWindow? {
        PushWindow(
            after: mark,
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

    @Test("covers each slot exactly once, whatever the waits and the changes of leaders")
    func everySlotOnce() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let interval = Duration.seconds(Int64.random(in: 1...5, using: &random))
            let sites: ClosedRange<Int64> = 1...Int64.random(in: 1...7, using: &random)
            var now = time(100)
            var mark = complete(through: now)
            var pushed: [SlotCursor] = []
            var gaps: [ScheduleGap] = []
            for _ in 0..<20 {
                now = now + .milliseconds(Int64.random(in: 1...9_000, using: &random))
                guard var window = makeWindow(mark, now: now, intervals: [interval]) else { continue }
                steps: while true {
                    switch window.next(now: now) {
                    case .done: break steps
                    case .recordGap(let gap):
                        gaps.append(gap)
                        window.missed(gap)
                    case .read(_, let after):
                        var due: [DueSlot] = []
                        let step = interval.milliseconds
                        var slot = after.slot.milliseconds / step * step
                        while slot <= window.through.milliseconds {
                            due += slots(sites, at: Timestamp(milliseconds: slot)).filter {
                                SlotCursor(slot: $0.slot, site: $0.site) > after
                            }
                            slot += step
                        }
                        pushed += window.read(Array(due.prefix(3)), size: 2).map {
                            SlotCursor(slot: $0.slot, site: $0.site)
                        }
                    }
                    mark = window.mark
                    // Another leader, after a while.
                    if Int.random(in: 0..<4, using: &random) == 0 { break steps }
                    now = now + .milliseconds(Int64.random(in: 0...2_000, using: &random))
                }
            }
            // What is certainly dealt with: all up to the start of the last window.
            var expected: [SlotCursor] = []
            let step = interval.milliseconds
            var slot = (100_000 / step + 1) * step
            while slot <= mark.from.milliseconds {
                expected += sites.map { SlotCursor(slot: Timestamp(milliseconds: slot), site: SiteID(rawValue: $0)) }
                slot += step
            }
            for due in expected {
                let times = pushed.count { $0 == due } + gaps.count { $0.after < due && due.slot <= $0.through }
                #expect(times == 1, "\(due) of interval \(interval)")
            }
        }
    }
}
