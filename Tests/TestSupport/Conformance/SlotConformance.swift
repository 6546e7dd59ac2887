package import Monitoring
internal import Logging
internal import Synchronization
internal import Testing

/// What monitors over every engine's stream and a database must do so that each slot ends once.
///
/// These rules take real time: two leases or three each.
package struct SlotConformance: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    /// Proves the rule on a fresh and empty stream and database.
    package let prove: @Sendable (SlotFixture) async throws -> Void

    package static let all: [Self] = [
        Self(testDescription: "a result is its slot's only end, however late its dead monitor's job is taken over") {
            try await diesAfterCommit($0)
        },
        Self(testDescription: "a monitor that was stopped until its slot was expired adds no second end") {
            try await isStopped($0)
        },
        Self(testDescription: "a long check and a stalled database lose no job to another monitor") {
            try await takesLong($0)
        },
        Self(testDescription: "a monitor whose clock is an hour ahead checks what it takes first") {
            try await isAhead($0)
        },
        Self(testDescription: "a monitor whose clock is an hour behind expires what is late, the first jobs as well") {
            try await isBehind($0)
        },
    ]

    /// Invariant 2, PITFALLS 10: killed between the commit and the acknowledgement.
    private static func diesAfterCommit(_ fixture: SlotFixture) async throws {
        let site = try await fixture.addDueSite()
        let stream = FaultyStream(fixture.stream)
        stream.isCut.withLock { $0 = true }
        try await fixture.run("dies", over: stream) { _ in
            try await eventually("the result is committed") {
                try await !fixture.monitoring.results(ResultQuery(site: site.id)).isEmpty
            }
        }
        try await Task.sleep(for: site.interval)
        try await fixture.run("lives") { _ in
            try await eventually("the job has ended") { try await fixture.stream.backlog().depth == 0 }
        }
        #expect(try await fixture.stream.counts().ends == [.result: 1])
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 1)
    }

    /// Invariant 2: SIGSTOP while the check runs, SIGCONT when another has ended the slot.
    private static func isStopped(_ fixture: SlotFixture) async throws {
        let site = try await fixture.addDueSite()
        let stream = FaultyStream(fixture.stream)
        let probe = GatedProbe()
        try await fixture.run("stopped", over: stream, probe: probe) { outcomes in
            try await eventually("the check runs") { probe.checks == 1 }
            stream.isCut.withLock { $0 = true }
            try await Task.sleep(for: site.interval)
            try await fixture.run("lives") { _ in
                try await eventually("the job has ended") { try await fixture.stream.backlog().depth == 0 }
            }
            stream.isCut.withLock { $0 = false }
            probe.open()
            try await eventually("the late result was brought") { outcomes().count == 1 }
            #expect(outcomes() == [.closed(.expired)])
        }
        #expect(try await fixture.stream.counts().ends == [.expired: 1])
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).isEmpty)
    }

    /// PITFALLS 5: live work reclaimed because its lease ran from the read, or, PITFALLS 23, because a database stalled.
    private static func takesLong(_ fixture: SlotFixture) async throws {
        let site = try await fixture.addDueSite()
        let (first, second) = (GatedProbe(), GatedProbe())
        let store = StallingStore(fixture.monitoring)
        store.isStalled.withLock { $0 = true }
        try await fixture.run("first", probe: first, store: store) { _ in
            try await eventually("the check runs") { first.checks == 1 }
            try await fixture.run("second", probe: second) { _ in
                try await Task.sleep(for: SlotFixture.lease * 3 / 2)
                first.open()
                try await Task.sleep(for: SlotFixture.lease * 3 / 2)
                #expect(try await fixture.stream.backlog().held == 1)
                store.isStalled.withLock { $0 = false }
                try await eventually("the job has ended") { try await fixture.stream.backlog().depth == 0 }
            }
        }
        #expect(second.checks == 0)
        #expect(try await fixture.stream.counts().ends == [.result: 1])
        #expect(try await fixture.sites.statusCounts() == [.up: 1])
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 1)
    }

    /// Invariant 10: it has renewed no lease yet, which is when it hears of the server's time again and again.
    private static func isAhead(_ fixture: SlotFixture) async throws {
        let site = try await fixture.addDueSite(interval: .seconds(60))
        try await fixture.run("ahead", time: ShiftedTime(by: .seconds(3_600))) { _ in
            try await eventually("the job has ended") { try await fixture.stream.backlog().depth == 0 }
        }
        #expect(try await fixture.stream.counts().ends == [.result: 1])
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 1)
    }

    private static func isBehind(_ fixture: SlotFixture) async throws {
        let site = try await fixture.addDueSite()
        try await Task.sleep(for: site.interval)
        try await fixture.run("behind", time: ShiftedTime(by: .seconds(-3_600))) { _ in
            try await eventually("the job has ended") { try await fixture.stream.backlog().depth == 0 }
        }
        #expect(try await fixture.stream.counts().ends == [.expired: 1])
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).isEmpty)
    }
}

/// The clock of a host that was set wrong.
private struct ShiftedTime: TimeSource {
    let shift: Duration

    init(by shift: Duration) {
        self.shift = shift
    }

    func now() -> Timestamp { SystemTime().now() + shift }

    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
}

/// A stream and the stores beside it.
package struct SlotFixture: Sendable {
    static let lease = Duration.seconds(1)

    let stream: any JobStream
    let sites: any SiteStore
    let monitoring: any MonitoringStore

    package init(stream: any JobStream, sites: any SiteStore, monitoring: any MonitoringStore) {
        self.stream = stream
        self.sites = sites
        self.monitoring = monitoring
    }

    /// Adds a site, and a job for it that is due now.
    func addDueSite(interval: Duration = .seconds(1)) async throws -> Site {
        let settings = SiteSettings(url: "http://site.example/", interval: interval, timeout: .seconds(1))
        let site = try #require(try await sites.add([settings], by: Author(name: "tester")).first)
        let now = try await stream.backlog().now
        try await stream.add([
            CheckJob(
                websiteID: site.id.description,
                url: site.settings.url,
                slot: now,
                revision: site.revision
            )
        ])
        return site
    }

    /// Runs a monitor beside `body`, which may ask what became of its results.
    func run(
        _ name: String,
        over other: (any JobStream)? = nil,
        probe: GatedProbe? = nil,
        store: (any MonitoringStore)? = nil,
        time: any TimeSource = SystemTime(),
        _ body: (_ outcomes: @Sendable () -> [RecordOutcome]) async throws -> Void
    ) async throws {
        let outcomes = Outcomes()
        let worker = CheckWorker(
            stream: other ?? stream,
            sites: sites,
            store: store ?? monitoring,
            probe: probe ?? GatedProbe(isOpen: true),
            settings: CheckWorker.Settings(concurrency: 4, lease: Self.lease, grace: .milliseconds(100)),
            time: time,
            name: name,
            logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() },
            onRecord: { records in outcomes.all.withLock { $0 += records.map(\.outcome) } }
        )
        let running = Task { try await worker.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body { outcomes.all.withLock { $0 } })
        } catch {
            result = .failure(error)
        }
        running.cancel()
        try await running.value
        try result.get()
    }
}

private final class Outcomes: Sendable {
    let all = Mutex<[RecordOutcome]>([])
}

/// A probe whose checks wait until it is opened, and then find every site up.
package final class GatedProbe: Probe {
    private struct State {
        var isOpen: Bool
        var checks = 0
    }

    private let state: Watched<State>

    package init(isOpen: Bool = false) {
        state = Watched(State(isOpen: isOpen))
    }

    /// How many checks have begun.
    package var checks: Int { state.withLock { $0.checks } }

    /// Lets all checks end, also those to come.
    package func open() { state.withLock { $0.isOpen = true } }

    package func check(_ target: ProbeTarget) async -> Observation {
        state.withLock { $0.checks += 1 }
        // Cancelled with its monitor, which then records nothing.
        try? await state.wait { $0.isOpen ? () : nil }
        return Observation(verdict: .up, statusCode: 200)
    }
}

/// A stream that a monitor, once cut off, can neither renew nor end anything in.
private final class FaultyStream: JobStream {
    let isCut = Mutex(false)
    private let stream: any JobStream

    init(_ stream: any JobStream) {
        self.stream = stream
    }

    var region: String { stream.region }

    private func reached() throws -> any JobStream {
        if isCut.withLock({ $0 }) { throw JobStreamError(.unavailable, "The monitor is cut off.") }
        return stream
    }

    func renew(_ ids: [HeldJob.ID], as worker: String) async throws -> Set<HeldJob.ID> {
        try await reached().renew(ids, as: worker)
    }

    func end(_ ends: [(id: HeldJob.ID, end: JobEnd)], as worker: String) async throws {
        try await reached().end(ends, as: worker)
    }

    func release(_ ids: [HeldJob.ID], as worker: String) async throws {
        try await reached().release(ids, as: worker)
    }

    func leave(_ worker: String) async throws { try await reached().leave(worker) }

    func lead(as holder: String, lease: Duration) async throws -> Leadership? {
        try await stream.lead(as: holder, lease: lease)
    }

    func resign(_ leadership: Leadership) async throws { try await stream.resign(leadership) }

    func page(of jobs: [CheckJob]) -> JobPage { stream.page(of: jobs) }

    func add(_ jobs: [CheckJob]) async throws { try await stream.add(jobs) }

    func backlog() async throws -> Backlog { try await stream.backlog() }

    func claim(as worker: String, limit: Int, wait: Duration) async throws -> [HeldJob] {
        try await stream.claim(as: worker, limit: limit, wait: wait)
    }

    func takeOver(as worker: String, idleFor lease: Duration, limit: Int) async throws -> [HeldJob] {
        try await reached().takeOver(as: worker, idleFor: lease, limit: limit)
    }

    func isolate(_ id: HeldJob.ID, as worker: String) async throws { try await stream.isolate(id, as: worker) }

    func tidy() async throws { try await stream.tidy() }

    func counts() async throws -> StreamCounts { try await stream.counts() }
}

/// A store that can't be written while it is stalled.
private final class StallingStore: MonitoringStore {
    let isStalled = Mutex(false)
    private let store: any MonitoringStore

    init(_ store: any MonitoringStore) {
        self.store = store
    }

    private func writable() throws -> any MonitoringStore {
        if isStalled.withLock({ $0 }) { throw StoreError(.unavailable, "The database is stalled.") }
        return store
    }

    func record(_ results: [CheckResult]) async throws -> [RecordOutcome] { try await writable().record(results) }
    func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] { try await writable().close(slots) }
    func outbox(limit: Int) async throws -> [OutboxEntry] { try await store.outbox(limit: limit) }
    func markSent(_ entries: [OutboxEntry]) async throws { try await store.markSent(entries) }
    func offerAgain(sentSince moment: Timestamp) async throws -> Int { try await store.offerAgain(sentSince: moment) }
    func incidents(_ query: IncidentQuery) async throws -> [Incident] { try await store.incidents(query) }
    func incident(_ id: IncidentID) async throws -> Incident? { try await store.incident(id) }

    func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident {
        try await store.acknowledge(id, by: author)
    }

    func results(_ query: ResultQuery) async throws -> [StoredResult] { try await store.results(query) }

    func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime {
        try await store.uptime(site, from: from, to: to)
    }

    func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        try await store.latency(site, from: from, to: to, buckets: buckets)
    }

    func phases(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> PhaseTimes {
        try await store.phases(site, from: from, to: to, buckets: buckets)
    }

    func maintain(_ retention: Retention) async throws -> Int { try await store.maintain(retention) }
}
