internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let leasing: [Self] = [
        Self("the job of a worker that died is taken over, with a crash counted for each death") { fixture in
            // PITFALLS 10, 12: taken and written down in one step; what kills its workers can be told.
            try await fixture.stream.add(fixture.jobs(2))
            let first = try await fixture.claim(as: "monitor-1")
            #expect(first.map(\.crashes) == [0, 0])
            let second = try await fixture.takeOver(2, as: "monitor-2")
            #expect(Set(second.map(\.id)) == Set(first.map(\.id)))
            #expect(second.map(\.crashes) == [1, 1])
            #expect(Set(second.map(\.job.websiteID)) == ["1", "2"])
            let third = try await fixture.takeOver(2, as: "monitor-3")
            #expect(third.map(\.crashes) == [2, 2])
        },
        Self("a lease runs from its last renewal, not from the claim") { fixture in
            // PITFALLS 5: live work reclaimed because the lease ran from the read.
            try await fixture.stream.add(fixture.jobs(1))
            let id = try #require(try await fixture.claim().first?.id)
            for _ in 0..<20 {
                #expect(try await fixture.stream.renew([id], as: "monitor-1") == [id])
                let taken = try await fixture.stream.takeOver(as: "monitor-2", idleFor: fixture.lease, limit: 10)
                #expect(taken.isEmpty)
                try await fixture.pass(fixture.lease / 5)
            }
        },
        Self("renewal names those that are still the worker's") { fixture in
            try await fixture.stream.add(fixture.jobs(3))
            let held = try await fixture.claim(as: "monitor-1")
            try await fixture.stream.end([(held[0].id, .result)], as: "monitor-1")
            let taken = try await fixture.takeOver(1, as: "monitor-2")
            let kept = Set(held.dropFirst().map(\.id)).subtracting(taken.map(\.id))
            #expect(try await fixture.stream.renew(held.map(\.id) + ["9-9", "no id"], as: "monitor-1") == kept)
            #expect(try await fixture.stream.renew(taken.map(\.id), as: "monitor-2") == Set(taken.map(\.id)))
            #expect(try await fixture.stream.renew([], as: "monitor-2") == [])
        },
        Self("a job that was given back is had again at once, without a crash counted") { fixture in
            // PITFALLS 13: an orderly end must not use up anything of the job's.
            try await fixture.stream.add(fixture.jobs(3))
            let held = try await fixture.claim(as: "monitor-1")
            try await fixture.stream.release(held.map(\.id), as: "monitor-1")
            #expect(try await fixture.stream.renew(held.map(\.id), as: "monitor-1").isEmpty)
            let again = try await fixture.drain(as: "monitor-2")
            #expect(again.map(\.job.websiteID).sorted() == ["1", "2", "3"])
            #expect(again.allSatisfy { $0.crashes == 0 })
        },
        Self("a job that was given back may come back to the worker that gave it") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            let held = try await fixture.claim()
            try await fixture.stream.release(held.map(\.id), as: "monitor-1")
            #expect(try await fixture.drain(as: "monitor-1").map(\.id) == held.map(\.id))
        },
        Self("only its holder can give a job back") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            let held = try await fixture.claim(as: "monitor-1")
            try await fixture.stream.release(held.map(\.id), as: "monitor-2")
            #expect(try await fixture.stream.renew(held.map(\.id), as: "monitor-1") == Set(held.map(\.id)))
        },
        Self("no worker takes over from itself what it still has in hand") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            _ = try await fixture.claim(as: "monitor-1")
            for _ in 0..<60 {
                let taken = try await fixture.stream.takeOver(as: "monitor-1", idleFor: fixture.lease, limit: 10)
                #expect(taken.isEmpty)
                try await fixture.pass(fixture.lease / 20)
            }
            #expect(try await fixture.takeOver(1, as: "monitor-2").count == 1)
        },
        Self("a takeover takes no more than it has slots for") { fixture in
            try await fixture.stream.add(fixture.jobs(10))
            _ = try await fixture.claim(as: "monitor-1")
            #expect(try await fixture.takeOver(4, as: "monitor-2").count == 4)
            #expect(try await fixture.stream.takeOver(as: "monitor-2", idleFor: fixture.lease, limit: 0).isEmpty)
            #expect(try await fixture.takeOver(6, as: "monitor-3").count == 6)
        },
        Self("a job in a worker's hand when the stream is cut is ended by it, once", maxLength: 1_000) { fixture in
            // PITFALLS 4: pending entries whose stream entries were trimmed. Its result is in the database, so it is not
            // trimmed as well.
            try await fixture.stream.add(fixture.jobs(2))
            let held = try await fixture.claim(as: "monitor-1")
            for _ in 0..<6 { try await fixture.stream.add(fixture.jobs(200)) }
            for _ in 0..<40 {
                #expect(try await fixture.stream.renew(held.map(\.id), as: "monitor-1") == Set(held.map(\.id)))
                let taken = try await fixture.stream.takeOver(as: "monitor-2", idleFor: fixture.lease, limit: 10)
                #expect(taken.isEmpty)
                try await fixture.pass(fixture.lease / 20)
            }
            try await fixture.expectAccounts()
            for _ in 0..<2 { try await fixture.stream.end(held.map { ($0.id, .result) }, as: "monitor-1") }
            #expect(try await fixture.stream.counts().ends == [.result: 2])
            #expect(try await fixture.stream.backlog().held == 0)
            try await fixture.expectAccounts()
        },
        Self("a takeover drops what was cut while its worker was dead", maxLength: 1_000) { fixture in
            try await fixture.stream.add(fixture.jobs(2))
            _ = try await fixture.claim(as: "monitor-1")
            for _ in 0..<6 { try await fixture.stream.add(fixture.jobs(200)) }
            _ = try await fixture.claim(1, as: "monitor-1")
            let taken = try await fixture.takeOver(1, as: "monitor-2")
            #expect(taken.first?.job.websiteID != "")
            try await fixture.expectAccounts()
            for _ in 0..<40 {
                _ = try await fixture.stream.takeOver(as: "monitor-2", idleFor: fixture.lease, limit: 10)
                try await fixture.pass(fixture.lease / 20)
            }
            try await fixture.stream.leave("monitor-1")
            #expect(try await fixture.stream.counts().workers == 1)
            try await fixture.expectAccounts()
        },
    ]
}
