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
