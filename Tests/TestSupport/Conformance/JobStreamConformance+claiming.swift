internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let claiming: [Self] = [
        Self("each job is claimed once, whoever claims") { fixture in
            try await fixture.stream.add(fixture.jobs(100))
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 1...4 {
                    group.addTask {
                        var ids: [String] = []
                        while true {
                            let jobs = try await fixture.claim(7, as: "monitor-\(worker)")
                            if jobs.isEmpty { return ids }
                            ids += jobs.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ids.count == 100)
            #expect(Set(ids).count == 100)
        },
        Self("a claim takes no more than it has slots for, and the oldest first") { fixture in
            // PITFALLS 17: what a worker holds has a bound.
            try await fixture.stream.add(fixture.jobs(10))
            #expect(try await fixture.claim(0).isEmpty)
            #expect(try await fixture.claim(3).map(\.job.websiteID) == ["1", "2", "3"])
            #expect(try await fixture.claim(3).map(\.job.websiteID) == ["4", "5", "6"])
        },
        Self("a claim waits for the first job") { fixture in
            let stream = fixture.stream
            async let claimed = stream.claim(as: "monitor-1", limit: 10, wait: .seconds(30))
            try await fixture.pass(.milliseconds(50))
            try await stream.add(fixture.jobs(1))
            #expect(try await claimed.map(\.job) == fixture.jobs(1))
        },
        Self("a claim that finds nothing ends after its wait") { fixture in
            let stream = fixture.stream
            let jobs = try await withThrowingTaskGroup(of: [HeldJob]?.self) { group in
                group.addTask { try await stream.claim(as: "monitor-1", limit: 10, wait: .milliseconds(100)) }
                group.addTask {
                    while !Task.isCancelled { try await fixture.pass(.milliseconds(20)) }
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            #expect(jobs == [])
        },
        Self("a cancelled wait loses no job") { fixture in
            // PITFALLS 1: a wait that its caller gave up on must not eat the next element.
            let stream = fixture.stream
            for _ in 0..<10 {
                let waiting = Task { try await stream.claim(as: "monitor-1", limit: 10, wait: .seconds(30)) }
                try await fixture.pass(.milliseconds(5))
                async let added: Void = stream.add(fixture.jobs(1))
                waiting.cancel()
                try await added
                // Either the job got through before the cancellation, or another can have it, with no crash on it.
                if case .success(let jobs) = await waiting.result, !jobs.isEmpty {
                    try await stream.end(jobs.map { ($0.id, .result) }, as: "monitor-1")
                }
            }
            let rest = try await fixture.drain(as: "monitor-2")
            #expect(rest.allSatisfy { $0.crashes == 0 })
            let ended = try await stream.counts().ends[.result] ?? 0
            #expect(rest.count + ended == 10)
        },
        Self("a wait that was cancelled before it began takes nothing") { fixture in
            let stream = fixture.stream
            let waiting = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await stream.claim(as: "monitor-1", limit: 10, wait: .seconds(30))
            }
            _ = await waiting.result
            try await stream.add(fixture.jobs(1))
            #expect(try await fixture.drain(as: "monitor-2").count == 1)
        },
    ]
}
