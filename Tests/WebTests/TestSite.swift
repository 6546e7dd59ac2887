import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Monitoring
import NIOCore
import Notifications
import SQLiteBackend
import StoredForms
import Synchronization
import TestSupport

@testable import Web

/// The whole of the pages and the API over the embedded engines, with time that stands still.
struct TestSite: Sendable {
    let site: WebSite
    let dependencies: WebDependencies
    let time: ManualTime
    let stream: SQLiteJobStream
    let database: SQLiteDatabase
    let readiness: TestReadiness
    let manager = "manager-secret"
    let reader = "reader-secret"
    let sender = "sender-secret"

    /// Runs `body` with a new site; `adjust` may replace parts of it first.
    static func with(
        _ adjust: (inout WebDependencies) -> Void = { _ in },
        _ body: @Sendable (TestSite) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let time = ManualTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let secrets = SecretBox(key: "a key for tests, of no other use")
            let stream = try SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)
            let queue = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: time)
            let readiness = TestReadiness()
            var dependencies = WebDependencies(
                sites: SQLiteSiteStore(database: database, time: time, secrets: secrets),
                schedule: SQLiteScheduleStore(database: database),
                monitoring: SQLiteMonitoringStore(database: database, time: time),
                maintenance: SQLiteMaintenanceStore(database: database, time: time),
                incidents: SQLiteIncidentStore(database: database, time: time),
                status: SQLiteStatusStore(database: database, time: time),
                publishesSites: true,
                streams: [stream],
                queue: queue,
                intake: EventIntake(queue: queue, time: time),
                channels: SQLiteChannelStore(database: database, time: time, secrets: secrets),
                deliveries: SQLiteDeliveryLog(database: database, time: time),
                tokens: SQLiteTokenStore(database: database, time: time),
                sessions: SQLiteSessionStore(database: database, time: time, secrets: secrets),
                time: time,
                readiness: [("pusher", readiness)],
                testChannel: { _ in ChannelTest(succeeded: true, statusCode: 204, duration: .milliseconds(12)) },
                version: "1.2.3"
            )
            adjust(&dependencies)
            let site = try WebSite(dependencies, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let whole = TestSite(
                site: site,
                dependencies: dependencies,
                time: time,
                stream: stream,
                database: database,
                readiness: readiness
            )
            for (secret, scope) in [
                (whole.manager, Scope.manage), (whole.reader, .read), (whole.sender, .eventsWrite),
            ] {
                _ = try await dependencies.tokens.addToken(
                    named: secret,
                    scopes: [scope],
                    hash: TokenSecret.hash(of: secret),
                    by: .local
                )
            }
            try await body(whole)
        }
    }

    /// Sends one request to the API.
    func api(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        token: String?? = .none,
        headers: HTTPFields = [:],
        door: Door = .network(isLoopback: true)
    ) async throws -> Answer {
        var headers = headers
        let secret: String? = token ?? manager
        if let secret { headers[.authorization] = "Bearer \(secret)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let all = headers
        return try await site.application(behind: door).test(.router) { client in
            let response = try await client.executeRequest(
                uri: path,
                method: method,
                headers: all,
                body: body.map { ByteBuffer(string: $0) }
            )
            return Answer(status: response.status.code, headers: response.headers, body: String(buffer: response.body))
        }
    }

    /// Opens a page, or sends a form, as a browser does.
    func browser(
        _ method: HTTPRequest.Method,
        _ path: String,
        form: String? = nil,
        cookie: String? = nil,
        headers: HTTPFields = [:],
        door: Door = .network(isLoopback: true)
    ) async throws -> Answer {
        var all: HTTPFields = [.accept: "text/html"]
        all[.cookie] = cookie
        if form != nil {
            all[.contentType] = "application/x-www-form-urlencoded"
            all[.origin] = "http://localhost"
        }
        for field in headers { all[field.name] = field.value }
        return try await api(method, path, form, token: .some(nil), headers: all, door: door)
    }

    /// Adds a site and answers its id.
    func addSite(_ url: String = "https://example.com") async throws -> SiteID {
        try await dependencies.sites.add([SiteSettings(url: url)], by: .local)[0].id
    }

    /// Stores a result of a site, so that it has a state.
    func record(_ site: SiteID, _ verdict: Verdict, after seconds: Int) async throws {
        let start = time.now()
        let failure = verdict == .down ? CheckFailure(phase: .connect, message: "connection refused") : nil
        let result = CheckResult(
            site: site,
            region: "default",
            slot: start + .seconds(seconds),
            revision: 1,
            startedAt: start + .seconds(seconds),
            observation: Observation(
                verdict: verdict,
                phases: Phases(total: .milliseconds(143)),
                statusCode: verdict == .down ? nil : 200,
                failure: failure
            ),
            attempts: 2
        )
        _ = try await dependencies.monitoring.record([result])
    }
}

/// What came back.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    var json: JSON {
        get throws { try JSON(parsing: body) }
    }

    /// The pointers of a problem's errors.
    var pointers: [String] {
        get throws { try json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? [] }
    }

    /// The page that a redirect leads to.
    var location: String? { headers[.location] }
}

/// A role whose readiness a test sets.
final class TestReadiness: ReadinessReporting {
    private let state = Mutex(Readiness.ready)

    var readiness: Readiness { state.withLock { $0 } }

    func set(_ readiness: Readiness) { state.withLock { $0 = readiness } }
}
