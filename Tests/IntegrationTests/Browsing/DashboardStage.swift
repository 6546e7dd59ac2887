internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

/// The real program, a real site that it watches, and a driver of real browsers.
struct DashboardStage: Sendable {
    let server: TocsinServerUnderTest
    let site: LocalSite
    let driver: Chromedriver

    /// Runs `body` with all of it; the site is registered as Shop and checked every second.
    static func with(_ arguments: [String] = [], _ body: (DashboardStage) async throws -> Void) async throws {
        let driver = try await Chromedriver()
        do {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    let server = try await tocsin.serve(["--interval", "1s"] + arguments)
                    let shop: JSON = [
                        "name": "Shop", "url": .string(site.url()), "tags": ["prod"],
                        "confirm": ["failures": 1, "recoveries": 1],
                    ]
                    try await server.post("/v1/sites", shop)
                    try await body(DashboardStage(server: server, site: site, driver: driver))
                }
            }
        } catch {
            await driver.end()
            throw error
        }
        await driver.end()
    }

    /// The pages of the dashboard, and the one for everybody.
    static let pages = [
        "/", "/sites/1", "/sites/new", "/incidents", "/incidents/1", "/incidents/new", "/channels", "/channels/1",
        "/maintenance", "/dead-letters",
        "/system", "/status-page", "/status", "/status/history", "/docs",
    ]

    /// This time of tomorrow.
    static var tomorrow: String { Date.now.addingTimeInterval(86_400).formatted(.iso8601) }

    /// Says something of the site's incident, reports another, and announces maintenance.
    func tellOfIncidents() async throws {
        let found: JSON = ["status": "identified", "message": "A disk is full.\nWe make room."]
        try await server.post("/v1/incidents/1/updates", found)
        let slow: JSON = ["title": "Mail is slow", "message": "We look into it.", "sites": ["1"]]
        try await server.post("/v1/incidents", slow)
        let work: JSON = [
            "title": "New disks", "description": "Faster ones.", "sites": ["1"], "start": .string(Self.tomorrow),
            "duration": "2h",
        ]
        try await server.post("/v1/maintenance", work)
    }

    /// Keeps a picture of the page where `TOCSIN_SCREENSHOTS` names a folder, for the README.
    func keepPicture(_ name: String, of browser: Browser) async throws {
        guard let folder = ProcessInfo.processInfo.environment["TOCSIN_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(try await browser.picture()).write(to: URL(filePath: "\(folder)/\(name).png"))
    }

    /// Expects nothing in the console that is wrong.
    func expectQuiet(_ browser: Browser, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let errors = try await browser.errors()
        #expect(errors.isEmpty, "\(errors)", sourceLocation: sourceLocation)
    }
}
