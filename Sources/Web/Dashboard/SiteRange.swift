internal import Hummingbird
internal import Monitoring

/// The span that a site's page shows: one of a few that end now, or whole days that somebody has chosen, in UTC.
struct SiteRange {
    /// The spans to choose from, longest last.
    static let windows: [(name: String, span: Duration)] = [
        ("24h", .seconds(86_400)), ("7d", .seconds(7 * 86_400)), ("30d", .seconds(30 * 86_400)),
        ("90d", .seconds(90 * 86_400)),
    ]

    /// The name of one of ``windows``; nil for days of one's own.
    let name: String?
    let from: Timestamp
    /// Not included.
    let to: Timestamp

    var isOwn: Bool { name == nil }

    var title: String {
        guard let name else {
            let last = (to - .milliseconds(1)).day
            return from.day == last ? "\(last) (UTC)" : "\(from.day) to \(last) (UTC)"
        }
        return name
    }

    /// - Throws: ``Problem`` for what is no day, or for days that end before they begin.
    init(_ query: Query, now: Timestamp) throws {
        guard let first = try Self.day("from", query) else {
            let window = Self.windows.first { $0.name == query["window"] } ?? Self.windows[0]
            (name, from, to) = (window.name, now - window.span, now)
            return
        }
        let last = try Self.day("to", query) ?? first
        guard first <= last else { throw Problem.parameter("to", "should not be before from") }
        (name, from, to) = (nil, first, last + .seconds(86_400))
    }

    private static func day(_ name: String, _ query: Query) throws -> Timestamp? {
        guard let text = query[name] else { return nil }
        guard text.utf8.count == 10, let day = Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw Problem.parameter(name, "should be a day like 2026-01-31")
        }
        return day
    }
}
