internal import Foundation
internal import GRDB
internal import Monitoring

/// A row of `site`.
///
/// The columns are those that queries look at; the rest of the settings is JSON.
struct SiteRecord: FetchableRecord {
    /// The columns, in the order in which ``init(row:)`` reads them.
    static let columns = """
        site.id, site.name, site.url, site.ownIntervalMs, site.intervalMs, site.revision, site.settings, site.headers, \
        site.createdAt, site.updatedAt, site.pausedAt
        """
    static let columnCount = 11

    let id: Int64
    let name: String
    let url: String
    let ownIntervalMs: Int64?
    let intervalMs: Int64
    let revision: Int
    let settings: String?
    let headers: Data?
    let createdAt: Int64
    let updatedAt: Int64
    let pausedAt: Int64?

    init(row: Row) {
        id = row[0]
        name = row[1]
        url = row[2]
        ownIntervalMs = row[3]
        intervalMs = row[4]
        revision = row[5]
        settings = row[6]
        headers = row[7]
        createdAt = row[8]
        updatedAt = row[9]
        pausedAt = row[10]
    }

    /// The site; without a box for its headers, without them.
    func site(_ secrets: SecretBox?) throws -> Site {
        var site = SiteSettings(
            name: name,
            url: url,
            headers: try secrets?.open(headers, for: .siteHeaders) ?? [:],
            interval: ownIntervalMs.map { .milliseconds($0) },
            paused: pausedAt != nil
        )
        try (settings.map { try StoredJSON.value(StoredSettings.self, from: $0) } ?? StoredSettings()).apply(to: &site)
        return Site(
            id: SiteID(rawValue: id),
            revision: revision,
            settings: site,
            interval: .milliseconds(intervalMs),
            createdAt: Timestamp(milliseconds: createdAt),
            updatedAt: Timestamp(milliseconds: updatedAt)
        )
    }
}

/// The settings that have no column of their own, each nil where it is the default.
///
/// Most sites set none, so most rows carry no JSON. The defaults here are those of the schema: should the product's
/// defaults change one day, sites that were stored under these keep them.
struct StoredSettings: Codable, Equatable {
    var kind: SiteKind?
    var method: String?
    var body: String?
    var verifyTLS: Bool?
    var timeoutMs: Int64?
    var expect: Expectation?
    var redirects: Int?
    var confirm: Confirmation?
    var regions: [String]?
    var group: String?
    var tags: [String]?

    init() {}

    init(_ settings: SiteSettings) {
        kind = settings.kind == .http ? nil : settings.kind
        method = settings.method == "GET" ? nil : settings.method
        body = settings.body
        verifyTLS = settings.verifyTLS ? nil : false
        timeoutMs = settings.timeout?.milliseconds
        expect = settings.expect == Self.expect ? nil : settings.expect
        redirects = settings.redirects == 5 ? nil : settings.redirects
        confirm = settings.confirm == Self.confirm ? nil : settings.confirm
        regions = settings.regions == ["default"] ? nil : settings.regions
        group = settings.group
        tags = settings.tags.isEmpty ? nil : settings.tags
    }

    /// The text of the column.
    func text() throws -> String? {
        self == StoredSettings() ? nil : try StoredJSON.text(self)
    }

    func apply(to settings: inout SiteSettings) {
        settings.kind = kind ?? .http
        settings.method = method ?? "GET"
        settings.body = body
        settings.verifyTLS = verifyTLS ?? true
        settings.timeout = timeoutMs.map { .milliseconds($0) }
        settings.expect = expect ?? Self.expect
        settings.redirects = redirects ?? 5
        settings.confirm = confirm ?? Self.confirm
        settings.regions = regions ?? ["default"]
        settings.group = group
        settings.tags = tags ?? []
    }

    private static let expect = Expectation(
        status: [StatusRange(200...299)],
        body: nil,
        latency: nil,
        certificateDays: 14
    )
    private static let confirm = Confirmation(failures: 2, recoveries: 1, interval: .seconds(5))
}
