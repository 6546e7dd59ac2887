import Logging
import Monitoring
import SQLiteBackend
import ServiceLifecycle
import StoredForms
import TestSupport
import Testing

@Suite struct MonitorEndTests {
    @Test("A suspect that waits for its turn holds up no end", .timeLimit(.minutes(1)))
    func suspectWaits() async throws {
        try await withTemporaryDirectory { directory in
            let time = SystemTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let sites = SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil))
            let settings = ["a", "b"].map { SiteSettings(url: "http://\($0).example/", interval: .seconds(3_600)) }
            let jobs = try await sites.add(settings, by: .local).map {
                CheckJob(websiteID: $0.id.description, url: $0.settings.url, slot: time.now(), revision: $0.revision)
            }
            func open() throws -> SQLiteJobStream {
                try SQLiteJobStream(database: database, region: Region.default, maxLength: 100, time: time)
            }
            // Each time that the file is opened, whoever held the job is dead.
            for number in 0..<HeldJob.crashesToIsolate {
                let stream = try open()
                if number == 0 { try await stream.add([jobs[0]]) }
                _ = try await stream.takeOver(as: "dead-\(number)", idleFor: .seconds(5), limit: 1)
                _ = try await stream.claim(as: "dead-\(number)", limit: 1, wait: .zero)
            }
            let stream = try open()
            // Held by one that says nothing more, so that it comes when the other check runs already.
            let held = try await stream.takeOver(as: "silent", idleFor: .seconds(5), limit: 1)
            #expect(held.map(\.crashes) == [HeldJob.crashesToIsolate])
            let probe = GatedProbe()
            let worker = CheckWorker(
                stream: stream,
                sites: sites,
                store: SQLiteMonitoringStore(database: database, time: time),
                probe: probe,
                settings: CheckWorker.Settings(concurrency: 4, lease: .seconds(1), grace: .seconds(600)),
                time: time,
                name: "ends",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await stream.add([jobs[1]])
            let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let group = ServiceGroup(services: [worker], logger: silent)
            let running = Task { try await group.run() }
            try await eventually("the other runs, and the suspect waits") {
                worker.heldCount == 2 && probe.checks == 1
            }
            await group.triggerGracefulShutdown()
            try await eventually("the suspect is given back") { worker.heldCount == 1 }
            probe.open()
            try await running.value
            let backlog = try await stream.backlog()
            #expect(backlog.waiting == 1)
            #expect(backlog.held == 0)
        }
    }
}
