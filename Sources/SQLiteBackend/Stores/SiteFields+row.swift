internal import Foundation
package import GRDB
package import StoredForms

extension SiteFields: FetchableRecord {
    /// The columns, in the order in which ``init(row:)`` reads them.
    static let columns = """
        site.id, site.name, site.url, site.ownIntervalMs, site.intervalMs, site.revision, site.settings, site.headers, \
        site.createdAt, site.updatedAt, site.pausedAt
        """
    static let columnCount = 11

    package init(row: Row) {
        self.init()
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
}
