package import Foundation
package import Monitoring

/// A row of `site`.
///
/// The columns are those that queries look at; the rest of the settings is JSON.
package struct SiteFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var name = ""
    package var url = ""
    /// Nil takes the server's default, which ``intervalMs`` then holds.
    package var ownIntervalMs: Int64?
    package var intervalMs: Int64 = 0
    package var revision = 0
    /// ``StoredSettings``; nil where they are the defaults.
    package var settings: String?
    /// The headers, sealed; nil where there are none.
    package var headers: Data?
    package var createdAt: Int64 = 0
    package var updatedAt: Int64 = 0
    package var pausedAt: Int64?

    package init() {}

    /// The site; without a box for its headers, without them.
    package func site(_ secrets: SecretBox?) throws -> Site {
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
