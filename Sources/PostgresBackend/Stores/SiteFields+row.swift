internal import Foundation
internal import StoredForms

extension SiteFields {
    static let columns: SQL = """
        site.id, site.name, site.url, site.own_interval_ms, site.interval_ms, site.revision, site.settings, site.headers,
        site.created_at, site.updated_at, site.paused_at
        """

    init(_ row: PostgresRow) throws {
        self.init()
        id = try row.int("id")
        name = try row.text("name")
        url = try row.text("url")
        ownIntervalMs = try row.optionalInt("own_interval_ms")
        intervalMs = try row.int("interval_ms")
        revision = Int(try row.int("revision"))
        settings = try row.optionalText("settings")
        headers = try row.optionalBytes("headers").map { Data($0) }
        createdAt = try row.int("created_at")
        updatedAt = try row.int("updated_at")
        pausedAt = try row.optionalInt("paused_at")
    }
}
