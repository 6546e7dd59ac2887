/// When which sites are in maintenance, over a span: read once for many sites, then asked without any I/O.
package struct MaintenanceCalendar: Sendable, Equatable {
    private struct Entry: Equatable {
        let scope: MaintenanceScope
        /// In order; they may overlap.
        let spans: [Range<Timestamp>]
    }

    private let entries: [Entry]

    /// A calendar on which nothing is.
    package static let empty = MaintenanceCalendar([], in: Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 0))

    /// - Parameters:
    ///   - terms: All that reach into the span.
    ///   - span: Outside of it, this knows nothing.
    package init(_ terms: [MaintenanceTerm], in span: Range<Timestamp>) {
        entries = terms.compactMap { term in
            let spans = term.occurrences(in: span)
            return spans.isEmpty ? nil : Entry(scope: term.scope, spans: spans)
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether a site is in maintenance at a moment.
    package func covers(_ site: Site, at moment: Timestamp) -> Bool {
        entries.contains { entry in
            entry.spans.contains { $0.contains(moment) } && entry.scope.covers(site.id, tags: site.settings.tags)
        }
    }

    /// When a site with these tags is in maintenance, in order and without overlap.
    package func spans(of site: SiteID, tags: [String]) -> [Range<Timestamp>] {
        let all = entries.filter { $0.scope.covers(site, tags: tags) }.flatMap(\.spans)
        return all.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, span in
            if let last = merged.last, span.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                merged.append(span)
            }
        }
    }

    /// Who is in maintenance at a moment and since when, the longest first.
    package func scopes(at moment: Timestamp) -> [(scope: MaintenanceScope, since: Timestamp)] {
        entries.compactMap { entry in
            entry.spans.first { $0.contains(moment) }.map { (entry.scope, $0.lowerBound) }
        }.sorted { $0.since < $1.since }
    }
}

extension [Range<Timestamp>] {
    /// How much of a span these cover, in milliseconds; they are in order and do not overlap.
    package func milliseconds(in span: Range<Timestamp>) -> Int64 {
        reduce(0) { sum, part in
            let shared = part.clamped(to: span)
            return sum + (shared.upperBound - shared.lowerBound).milliseconds
        }
    }
}
