internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let pushing: [Self] = [
        Self("a page is in the stream in its order, with all that its jobs say") { fixture in
            let leadership = try await fixture.lead()
            let page = fixture.jobs(200)
            try await fixture.stream.push(page, mark: fixture.mark(count: 200), under: leadership)
            let held = try await fixture.claim()
            #expect(held.map(\.job) == page)
            #expect(held.allSatisfy { $0.slot == Timestamp(milliseconds: 1_800_000_000_000) && $0.crashes == 0 })
            #expect(Set(held.map(\.id)).count == 200)
        },
        Self("pages follow one another, and an empty one moves the mark alone") { fixture in
            let leadership = try await fixture.lead()
            for number in 1...3 {
                let mark = fixture.mark(count: 50 * number)
                try await fixture.stream.push(fixture.jobs(50), mark: mark, under: leadership)
            }
            let last = fixture.mark(through: 1_800_000_060_000)
            try await fixture.stream.push([], mark: last, under: leadership)
            let counts = try await fixture.stream.counts()
            #expect(counts.pushed == 150)
            #expect(counts.waiting == 150)
            #expect(counts.mark == last)
        },
        Self("a superseded pusher adds nothing and moves no mark") { fixture in
            let first = try await fixture.lead(as: "pusher-1")
            try await fixture.stream.push(fixture.jobs(2), mark: fixture.mark(count: 2), under: first)
            try await fixture.stream.resign(first)
            let second = try await fixture.lead(as: "pusher-2")
            for _ in 0..<2 {
                let error = await #expect(throws: JobStreamError.self) {
                    try await fixture.stream.push(fixture.jobs(5), mark: fixture.mark(count: 7), under: first)
                }
                #expect(error?.code == .superseded)
            }
            let counts = try await fixture.stream.counts()
            #expect(counts.pushed == 2)
            #expect(counts.mark == fixture.mark(count: 2))
            try await fixture.stream.push(fixture.jobs(1), mark: fixture.mark(count: 3), under: second)
            #expect(try await fixture.stream.backlog().waiting == 3)
        },
        Self("jobs apart from the schedule leave the mark alone") { fixture in
            let leadership = try await fixture.lead()
            try await fixture.stream.push(fixture.jobs(1), mark: fixture.mark(count: 1), under: leadership)
            try await fixture.stream.add(fixture.jobs(2))
            try await fixture.stream.add([])
            let counts = try await fixture.stream.counts()
            #expect(counts.mark == fixture.mark(count: 1))
            #expect(counts.pushed == 3)
            #expect(try await fixture.claim().count == 3)
        },
        Self("a job without slot and revision takes the time at which it was added") { fixture in
            let before = try await fixture.stream.backlog().now
            let job = CheckJob(websiteID: "someone's", url: "http://elsewhere.example/", slot: nil, revision: nil)
            try await fixture.stream.add([job])
            let after = try await fixture.stream.backlog().now
            let held = try #require(try await fixture.claim().first)
            #expect(held.job == job)
            #expect(before <= held.slot && held.slot <= after)
        },
        Self("the backlog is what waits and what is held, and nothing that has ended") { fixture in
            try await fixture.stream.add(fixture.jobs(10))
            #expect(try await fixture.stream.backlog().waiting == 10)
            let held = try await fixture.claim(4)
            var backlog = try await fixture.stream.backlog()
            #expect(backlog.waiting == 6)
            #expect(backlog.held == 4)
            try await fixture.stream.end(held.map { ($0.id, .result) }, as: "monitor-1")
            backlog = try await fixture.stream.backlog()
            #expect(backlog.waiting == 6)
            #expect(backlog.held == 0)
            #expect(backlog.depth == 6)
            #expect(backlog.trimmed == 0)
        },
        Self("the backlog tells when the oldest job that is left was added") { fixture in
            #expect(try await fixture.stream.backlog().oldest == nil)
            let before = try await fixture.stream.backlog().now
            try await fixture.stream.add(fixture.jobs(1))
            let between = try await fixture.stream.backlog().now
            try await fixture.pass(.milliseconds(20))
            try await fixture.stream.add(fixture.jobs(1))
            let held = try await fixture.claim(1)
            let oldest = try #require(try await fixture.stream.backlog().oldest)
            #expect(before <= oldest && oldest <= between)
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-1")
            #expect(try #require(try await fixture.stream.backlog().oldest) > between)
        },
        Self("an overfilled stream keeps near its greatest length and counts what it lost", maxLength: 1_000) {
            fixture in
            for _ in 0..<12 { try await fixture.stream.add(fixture.jobs(200)) }
            let backlog = try await fixture.stream.backlog()
            // PITFALLS 9: `MAXLEN ~` keeps whole nodes, of a hundred entries.
            #expect(backlog.waiting >= 1_000 && backlog.waiting <= 1_100)
            #expect(backlog.trimmed == 2_400 - backlog.waiting)
            try await fixture.expectAccounts()
        },
        Self("what waits is counted truly after a cut, half read or not", maxLength: 1_000) { fixture in
            // PITFALLS 9: Redis 7.0's own `lag` is wrong here.
            try await fixture.stream.add(fixture.jobs(600))
            let first = try await fixture.claim(300)
            for _ in 0..<10 { try await fixture.stream.add(fixture.jobs(200)) }
            let second = try await fixture.claim(150, as: "monitor-2")
            try await fixture.stream.end(second.prefix(50).map { ($0.id, .result) }, as: "monitor-2")
            var seen = 0
            let backlog = try await fixture.stream.backlog()
            while true {
                let jobs = try await fixture.claim(as: "monitor-3")
                if jobs.isEmpty { break }
                seen += jobs.count
            }
            #expect(first.count == 300)
            #expect(backlog.waiting == seen)
            // Of the first ones, those that the cut took from their worker are no backlog.
            #expect([100, 400].contains(backlog.held))
            try await fixture.expectAccounts()
        },
    ]
}
