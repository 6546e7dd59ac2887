package import Monitoring
internal import Testing

/// What every engine's ``JobStream`` must do: one sentence, and the proof of it.
///
/// A suite runs them all over its engine, each on a stream of its own:
/// `@Test(arguments: JobStreamConformance.all) func conforms(_ rule: JobStreamConformance)`.
package struct JobStreamConformance: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    /// The greatest length that the stream must be made with.
    package let maxLength: Int
    /// Proves the rule on a fresh and empty stream.
    package let prove: @Sendable (JobStreamFixture) async throws -> Void

    init(
        _ sentence: String,
        maxLength: Int = 100_000,
        prove: @escaping @Sendable (JobStreamFixture) async throws -> Void
    ) {
        testDescription = sentence
        self.maxLength = maxLength
        self.prove = prove
    }

    package static let all: [Self] = leading + pushing + claiming + leasing + crashing + ending
}

/// A fresh stream, and the hand on its clock.
package struct JobStreamFixture: Sendable {
    package let stream: any JobStream
    /// The lease that the rules work with: long enough for a busy machine, short enough to wait for.
    package let lease: Duration
    /// Lets time pass as the stream's server sees it.
    package let pass: @Sendable (Duration) async throws -> Void

    package init(
        stream: any JobStream,
        lease: Duration,
        pass: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.stream = stream
        self.lease = lease
        self.pass = pass
    }

    // MARK: Steps that several rules take

    func lead(as holder: String = "pusher-1", lease: Duration = .seconds(60)) async throws -> Leadership {
        try #require(try await stream.lead(as: holder, lease: lease))
    }

    /// Jobs of the sites 1 to `count`, all due at one slot.
    func jobs(_ count: Int, slot: Int64 = 1_800_000_000_000) -> [CheckJob] {
        (0..<count).map { index in
            CheckJob(
                websiteID: "\(index + 1)",
                url: "http://site-\(index + 1).example/",
                slot: Timestamp(milliseconds: slot),
                revision: 3
            )
        }
    }

    func mark(through: Int64 = 1_800_000_000_000, count: Int = 0) -> Mark {
        Mark(
            from: Timestamp(milliseconds: 1_799_999_999_000),
            through: Timestamp(milliseconds: through),
            position: nil,
            count: count
        )
    }

    func claim(_ limit: Int = 1_000, as worker: String = "monitor-1") async throws -> [HeldJob] {
        try await stream.claim(as: worker, limit: limit, wait: .zero)
    }

    /// Asks for takeovers, as time passes, until `count` jobs have been taken over.
    func takeOver(_ count: Int, as worker: String) async throws -> [HeldJob] {
        var taken: [HeldJob] = []
        // Far more than a lease and a grace, so that only a stream that never hands over ends here.
        for _ in 0..<400 where taken.count < count {
            taken += try await stream.takeOver(as: worker, idleFor: lease, limit: count - taken.count)
            try await pass(lease / 20)
        }
        try #require(taken.count == count, "taken over: \(taken.count) of \(count)")
        return taken
    }

    /// Everything that can be had at once, whether nobody has had it yet or someone gave it back.
    func drain(as worker: String) async throws -> [HeldJob] {
        var jobs: [HeldJob] = []
        for _ in 0..<400 {
            jobs += try await claim(as: worker)
            jobs += try await stream.takeOver(as: worker, idleFor: .seconds(3_600), limit: 1_000)
            if try await stream.backlog().depth == jobs.count { break }
            try await pass(lease / 20)
        }
        return jobs
    }

    /// What must hold at any rest, whatever happened before.
    func expectAccounts(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let counts = try await stream.counts()
        let ended = counts.ends.values.reduce(0, +)
        #expect(
            counts.pushed == ended + counts.trimmed + counts.waiting + counts.held,
            "\(counts)",
            sourceLocation: sourceLocation
        )
    }
}
