internal import Foundation
internal import Monitoring
internal import StoredForms

/// What people set of several sites, a column each, as a statement takes it: `$1` to `$8`.
struct SiteColumns {
    static let names: SQL = "name, url, own_interval_ms, interval_ms, settings, tags, headers, is_paused"

    private(set) var values: [PostgresValue] = []

    init(_ settings: [SiteSettings], defaultInterval: Duration, secrets: SecretBox) throws {
        values = [
            .texts(settings.map(\.name)),
            .texts(settings.map(\.url)),
            .ints(settings.map { $0.interval?.milliseconds }),
            .ints(settings.map { ($0.interval ?? defaultInterval).milliseconds }),
            .texts(try settings.map { try StoredSettings($0).text() }),
            .texts(try settings.map { $0.tags.isEmpty ? nil : try StoredJSON.text($0.tags) }),
            .blobs(try settings.map { try secrets.seal($0.headers, for: .siteHeaders).map { Array($0) } }),
            .ints(settings.map { $0.paused ? 1 : 0 }),
        ]
    }
}
