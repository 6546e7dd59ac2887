internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let crashing: [Self] = [
        Self("a death counts against each job in hand, until the job is a suspect") { fixture in
            // PITFALLS 12: deliveries that end with the death of a worker are counted.
            try await fixture.stream.add(fixture.jobs(3))
            _ = try await fixture.claim(as: "monitor-1")
            for (worker, crashes) in [(2, 1), (3, 2), (4, 2), (5, 2)] {
                let taken = try await fixture.takeOver(3, as: "monitor-\(worker)")
                #expect(taken.map(\.crashes) == [crashes, crashes, crashes])
            }
        },
        Self("from then on only a death while it runs alone counts, and such deaths alone bring it to its burial") {
            fixture in
            // The innocent beside a killer must not be buried with it, nor by deaths of workers that have other reasons.
            try await fixture.stream.add(fixture.jobs(2))
            _ = try await fixture.claim(as: "monitor-1")
            _ = try await fixture.takeOver(2, as: "monitor-2")
            let suspects = try await fixture.takeOver(2, as: "monitor-3")
            let (killer, innocent) = (suspects[0].id, suspects[1].id)
            for number in 3..<5 {
                try await fixture.stream.isolate(killer, as: "monitor-\(number)")
                let taken = try await fixture.takeOver(2, as: "monitor-\(number + 1)")
                #expect(taken.first { $0.id == killer }?.crashes == number)
                #expect(taken.first { $0.id == innocent }?.crashes == 2)
            }
        },
        Self("a suspect that is given back, or taken over before it runs, is no longer alone") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            let id = try #require(try await fixture.claim(as: "monitor-1").first).id
            for worker in 2...3 { _ = try await fixture.takeOver(1, as: "monitor-\(worker)") }
            try await fixture.stream.isolate(id, as: "monitor-3")
            try await fixture.stream.release([id], as: "monitor-3")
            #expect(try await fixture.takeOver(1, as: "monitor-4").map(\.crashes) == [2])
            // Whoever no longer holds it can't say so either.
            try await fixture.stream.isolate(id, as: "monitor-3")
            #expect(try await fixture.takeOver(1, as: "monitor-5").map(\.crashes) == [2])
        },
        Self("any outcome ends the count") { fixture in
            try await fixture.stream.add(fixture.jobs(1))
            _ = try await fixture.claim(as: "monitor-1")
            let taken = try await fixture.takeOver(1, as: "monitor-2")
            try await fixture.stream.end([(taken[0].id, .result)], as: "monitor-2")
            try await fixture.stream.add(fixture.jobs(1))
            #expect(try await fixture.claim(as: "monitor-2").map(\.crashes) == [0])
        },
    ]
}
