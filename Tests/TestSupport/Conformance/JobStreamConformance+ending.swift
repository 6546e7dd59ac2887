internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let ending: [Self] = [
        Self("each job ends once, however often it is said, and leaves nothing behind") { fixture in
            // PITFALLS 8: what is acknowledged is also deleted.
            try await fixture.stream.add(fixture.jobs(6))
            let held = try await fixture.claim()
            let ends = Array(zip(held.map(\.id), JobEnd.allCases + [.result])).map { (id: $0.0, end: $0.1) }
            for _ in 0..<3 { try await fixture.stream.end(ends + ends, as: "monitor-1") }
            try await fixture.stream.end(
                [(held[0].id, .buried), ("9-9", .result), ("no id", .result)],
                as: "monitor-1"
            )
            let counts = try await fixture.stream.counts()
            #expect(counts.ends == [.result: 2, .expired: 1, .skipped: 1, .buried: 1, .unstored: 1])
            #expect(counts.waiting == 0 && counts.held == 0 && counts.trimmed == 0)
            try await fixture.expectAccounts()
        },
        Self("the counts tell how long ago the oldest job was added, until it has ended") { fixture in
            #expect(try await fixture.stream.counts().oldestAge == nil)
            try await fixture.stream.add(fixture.jobs(1))
            try await fixture.pass(fixture.lease)
            try await fixture.stream.add(fixture.jobs(2))
            let age = try #require(try await fixture.stream.counts().oldestAge)
            #expect(age >= fixture.lease)
            let held = try await fixture.claim()
            #expect(try #require(try await fixture.stream.counts().oldestAge) >= age)
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-1")
            #expect(try #require(try await fixture.stream.counts().oldestAge) < age)
            try await fixture.stream.end(held.dropFirst().map { ($0.id, .result) }, as: "monitor-1")
            #expect(try await fixture.stream.counts().oldestAge == nil)
        },
        Self("a job that was taken over is ended by its first worker all the same") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            let held = try await fixture.claim(as: "monitor-1")
            _ = try await fixture.takeOver(1, as: "monitor-2")
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-1")
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-2")
            #expect(try await fixture.stream.renew([held[0].id], as: "monitor-2").isEmpty)
            #expect(try await fixture.stream.counts().ends == [.result: 1])
        },
        Self("more jobs than one step can end are ended all the same") { fixture in
            for _ in 0..<6 { try await fixture.stream.add(fixture.jobs(200)) }
            let held = try await fixture.claim(2_000)
            #expect(held.count == 1_200)
            #expect(try await fixture.stream.renew(held.map(\.id), as: "monitor-1").count == 1_200)
            try await fixture.stream.end(held.map { ($0.id, .expired) }, as: "monitor-1")
            #expect(try await fixture.stream.counts().ends == [.expired: 1_200])
            #expect(try await fixture.stream.backlog().depth == 0)
        },
        Self("a worker that leaves with nothing in hand is gone") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            let held = try await fixture.claim(as: "monitor-1")
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-1")
            #expect(try await fixture.stream.counts().workers == 1)
            try await fixture.stream.leave("monitor-1")
            try await fixture.stream.leave("never there")
            #expect(try await fixture.stream.counts().workers == 0)
        },
        Self("a worker that leaves with jobs in hand takes none of them along") { fixture in
            // PITFALLS 7: removing a consumer destroys what was pending.
            try await fixture.stream.add(fixture.jobs(2))
            let held = try await fixture.claim(as: "monitor-1")
            try await fixture.stream.leave("monitor-1")
            try await fixture.stream.tidy()
            let taken = try await fixture.takeOver(2, as: "monitor-2")
            #expect(Set(taken.map(\.id)) == Set(held.map(\.id)))
            try await fixture.expectAccounts()
        },
        Self("tidying takes nothing that waits or is held") { fixture in
            try await fixture.stream.add(fixture.jobs(10))
            let held = try await fixture.claim(4)
            try await fixture.stream.tidy()
            let backlog = try await fixture.stream.backlog()
            #expect(backlog.waiting == 6 && backlog.held == 4 && backlog.trimmed == 0)
            #expect(try await fixture.stream.renew(held.map(\.id), as: "monitor-1").count == 4)
        },
    ]
}
