package import Monitoring

/// Puts a page of windows together, which may be of one phase alone.
package enum MaintenanceListing {
    /// Rows that are read at once where a phase is looked for, which no row says of itself.
    private static let step = 200

    /// - Parameters:
    ///   - query: What is asked for.
    ///   - now: The moment that decides the phases.
    ///   - read: Reads so many windows before an id, newest first.
    /// - Returns: The page.
    package static func page(
        _ query: MaintenanceQuery,
        now: Timestamp,
        read: (MaintenanceID?, Int) throws -> [MaintenanceWindow]
    ) rethrows -> MaintenancePage {
        var listing = Listing(query, now: now)
        while let place = listing.place { listing.take(try read(place.before, place.limit)) }
        return listing.page
    }

    /// The same for engines that are waited for.
    package static func page(
        _ query: MaintenanceQuery,
        now: Timestamp,
        read: (MaintenanceID?, Int) async throws -> [MaintenanceWindow]
    ) async rethrows -> MaintenancePage {
        var listing = Listing(query, now: now)
        while let place = listing.place { listing.take(try await read(place.before, place.limit)) }
        return listing.page
    }

    private struct Listing {
        let query: MaintenanceQuery
        let now: Timestamp
        /// Where to read on; nil once the page is full or the rows are at their end.
        private(set) var place: (before: MaintenanceID?, limit: Int)?
        private var items: [MaintenanceWindow] = []
        private var isFull = false

        init(_ query: MaintenanceQuery, now: Timestamp) {
            self.query = query
            self.now = now
            if query.limit > 0 {
                place = (query.before, query.phase == nil ? query.limit + 1 : MaintenanceListing.step)
            }
        }

        mutating func take(_ rows: [MaintenanceWindow]) {
            let asked = place?.limit ?? 0
            place = nil
            for window in rows where query.phase == nil || window.phase(at: now) == query.phase {
                if items.count == query.limit {
                    isFull = true
                    return
                }
                items.append(window)
            }
            if let last = rows.last, rows.count == asked { place = (last.id, asked) }
        }

        var page: MaintenancePage { MaintenancePage(items: items, next: isFull ? items.last?.id : nil) }
    }
}
