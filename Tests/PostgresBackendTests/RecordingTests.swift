import Monitoring
import Notifications
import TestSupport
import Testing

@testable import PostgresBackend

/// What only a database that several processes share can get wrong.
@Suite("Recording in PostgreSQL", .sharedPostgresServer)
struct RecordingTests {
    private let author = Author(name: "tester")

    private func addSites(_ count: Int, _ store: StoreFixture, regions: [String] = ["default"]) async throws -> [Site] {
        try await store.sites.add(
            (0..<count).map { SiteSettings(url: "https://\($0).example/", regions: regions) },
            by: author
        )
    }

    @Test("two processes that record regions of the same sites at once make one state and one incident of each")
    func regionsAtOnce() async throws {
        let processes = try await Processes(2)
        let stores = processes.stores
        let sites = try await addSites(40, stores[0], regions: ["east", "west"])
        let start = processes.time.now()
        let rounds = 5
        for round in 0..<(2 * rounds) {
            let verdict: Verdict = round.isMultiple(of: 2) ? .down : .up
            let outcomes = try await withThrowingTaskGroup(of: [RecordOutcome].self) { group in
                for (store, region) in zip(stores, ["east", "west"]) {
                    // Each in an order of its own, and in parts, so that they cross in every way.
                    let shuffled = sites.shuffled()
                    for part in stride(from: 0, to: sites.count, by: 10) {
                        let batch = shuffled[part..<part + 10].map { site in
                            CheckResult.of(site, verdict, at: start + .seconds(round * 10), region: region)
                        }
                        group.addTask { try await store.monitoring.record(batch) }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(!outcomes.contains(.history) && !outcomes.contains(.duplicate))
        }
        #expect(SharedPostgresServer.current?.log.contains("deadlock detected") == false)
        for site in sites {
            let incidents = try await stores[0].monitoring.incidents(IncidentQuery(site: site.id))
            #expect(incidents.count == rounds)
            #expect(incidents.allSatisfy { $0.endedAt != nil })
            #expect(try await stores[1].overview(site.id).status == .up)
        }
        let told = try await stores[1].monitoring.outbox(limit: 10_000).map(\.transition)
        let kinds = Dictionary(grouping: told, by: \.site).mapValues { $0.map(\.kind) }
        let expected = (0..<rounds).flatMap { _ in [Transition.Kind.degraded, .down, .up, .degraded] }
        #expect(sites.allSatisfy { kinds[$0.id] == expected })
    }

    @Test("a job that two processes have checked is recorded by one of them")
    func sameResultTwice() async throws {
        let processes = try await Processes(2)
        let stores = processes.stores
        let sites = try await addSites(20, stores[0])
        let batch = sites.map { CheckResult.of($0, .down, at: processes.time.now()) }
        async let first = stores[0].monitoring.record(batch)
        async let second = stores[1].monitoring.record(batch.reversed())
        for (first, second) in zip(try await first, try await second.reversed()) {
            #expect([first, second].count { $0 == .duplicate } == 1)
            #expect((first.transitions + second.transitions).map(\.kind) == [.down])
        }
        #expect(try await stores[0].monitoring.incidents(IncidentQuery()).count == 20)
        #expect(try await stores[0].monitoring.outbox(limit: 100).count == 20)
    }

    @Test("a result that waits for its site to be changed is judged by what the change has made of it")
    func changedMeanwhile() async throws {
        let processes = try await Processes(2)
        let store = processes.stores[0]
        let site = try await store.addSite()
        let gate = Gate()
        async let pausing: Void = processes.databases[1].write { connection in
            try await connection.execute(
                "UPDATE site SET paused_at = $1, revision = revision + 1 WHERE id = $2",
                [.int(1), .int(site.id.rawValue)]
            )
            try await gate.hold()
        }
        try await gate.reached()
        async let outcome = store.record(.of(site, .down, at: processes.time.now()))
        try await eventually("the recorder waits") { try await processes.waiting().count == 1 }
        await gate.open()
        try await pausing
        #expect(try await outcome == .history)
        #expect(try await store.monitoring.outbox(limit: 10).isEmpty)
    }

    @Test("a transition that is committed after a newer one is relayed all the same, and a site's own are in order")
    func lateCommit() async throws {
        let processes = try await Processes(2)
        let store = processes.stores[0]
        let sites = try await addSites(2, store)
        let (late, prompt) = (sites[0], sites[1])
        let now = processes.time.now()
        let gate = Gate()
        // It has its row and the row's number, and does not commit yet.
        async let recording: Void = processes.databases[1].write { connection in
            _ = try await ResultRecorder(now: now, connection: connection).record([.of(late, .down, at: now)])
            try await gate.hold()
        }
        try await gate.reached()
        _ = try await store.record(.of(prompt, .down, at: now))
        async let recovery = store.record(.of(late, .up, at: now + .seconds(60)))
        try await eventually("the recovery waits for its alert") { try await processes.waiting().count == 1 }

        let first = try await store.monitoring.outbox(limit: 10)
        #expect(first.map(\.transition.site) == [prompt.id], "a neighbour holds up nobody's alert")
        try await store.monitoring.markSent(first)
        await gate.open()
        try await recording
        #expect(try await recovery.transitions.map(\.kind) == [.up])

        let rest = try await store.monitoring.outbox(limit: 10)
        #expect(rest.map(\.transition.site) == [late.id, late.id])
        #expect(rest.map(\.transition.kind) == [.down, .up])
        #expect(rest[0].id < first[0].id, "or the test has not made what it is about")
    }

    @Test("a connection that is ended while it records has recorded nothing, and what is recorded again is there once")
    func connectionEnded() async throws {
        let processes = try await Processes(2)
        let store = processes.stores[1]
        let sites = try await addSites(10, store)
        let batch = sites.map { CheckResult.of($0, .down, at: processes.time.now()) }
        let gate = Gate()
        // Holds the recorder up after its results and incidents, before its outbox.
        async let holding: Void = processes.databases[0].write { connection in
            try await connection.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")
            try await gate.hold()
        }
        try await gate.reached()
        async let recording = store.monitoring.record(batch)
        try await eventually("the recorder waits") { try await processes.waiting().count == 1 }
        for pid in try await processes.waiting() { try await processes.terminate(pid) }
        do {
            Issue.record("recorded nevertheless: \(try await recording)")
        } catch let error as StoreError {
            #expect(error.code == .unavailable)
        }
        await gate.open()
        try await holding
        #expect(try await store.monitoring.results(ResultQuery(site: sites[0].id)).isEmpty)
        #expect(try await store.monitoring.incidents(IncidentQuery()).isEmpty)

        // As a worker does: it tries until it succeeds, and may then be told that it had succeeded before.
        let outcomes = try await store.monitoring.record(batch)
        #expect(outcomes.allSatisfy { $0.transitions.map(\.kind) == [.down] })
        #expect(try await store.monitoring.record(batch) == batch.map { _ in .duplicate })
        #expect(try await store.monitoring.incidents(IncidentQuery()).count == 10)
        #expect(try await store.monitoring.outbox(limit: 100).count == 10)
    }

    @Test("a batch may end an incident and open the next one")
    func severalIncidents() async throws {
        let store = try await Processes(1).stores[0]
        let site = try await store.addSite()
        let start = store.time.now()
        _ = try await store.record(.of(site, .down, at: start))
        let verdicts: [Verdict] = [.up, .down, .up, .down]
        let outcomes = try await store.monitoring.record(
            verdicts.enumerated().map { .of(site, $1, at: start + .seconds(10 * ($0 + 1))) }
        )
        let incidents = try await store.monitoring.incidents(IncidentQuery()).reversed()
        #expect(incidents.map(\.startedAt) == [0, 20, 40].map { start + .seconds($0) })
        #expect(incidents.map(\.endedAt) == [start + .seconds(10), start + .seconds(30), nil])
        let told = outcomes.flatMap(\.transitions)
        #expect(told.map(\.kind) == [.up, .down, .up, .down])
        let ids = incidents.map(\.id)
        #expect(told.map(\.incident) == [ids[0], ids[1], ids[1], ids[2]])
    }

    @Test("what a site answers is recorded even where it has the character that PostgreSQL has no place for")
    func nul() async throws {
        let store = try await Processes(1).stores[0]
        let site = try await store.addSite()
        let now = store.time.now()
        let failure = CheckFailure(phase: .body, message: "no\0thing", bodyStart: "\0\0")
        let result = CheckResult(
            site: site.id,
            region: Region.default,
            slot: now,
            revision: site.revision,
            startedAt: now,
            observation: Observation(verdict: .down, failure: failure),
            attempts: 2
        )
        #expect(try await store.record(result).transitions.map(\.kind) == [.down])
        #expect(try await store.monitoring.incidents(IncidentQuery()).first?.failure == failure)
        #expect(try await store.overview(site.id).latest?.observation.failure == failure)
    }

    @Test("attempts that are written again after a lost answer are in the log once")
    func attemptsOnce() async throws {
        let store = try await Processes(1).stores[0]
        let attempts = try (1...3).map { number in
            DeliveryAttempt(
                event: try #require(EventID(rawValue: "evt")),
                eventType: "site.down",
                channel: number == 3 ? nil : ChannelID(rawValue: 1),
                attempt: number,
                at: store.time.now() + .seconds(number),
                duration: .milliseconds(5),
                result: .retry,
                response: "busy\0"
            )
        }
        try await store.deliveries.append(Array(attempts.prefix(2)))
        try await store.deliveries.append(attempts)
        let kept = try await store.deliveries.attempts(event: attempts[0].event)
        #expect(kept.map(\.attempt) == [1, 2, 3])
        #expect(kept.first?.response == "busy\u{FFFD}")
    }
}
