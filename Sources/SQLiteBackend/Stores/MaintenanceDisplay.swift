internal import GRDB
internal import Monitoring
internal import StoredForms

/// Shows the sites in maintenance that are in it now, and no others.
struct MaintenanceDisplay {
    let now: Timestamp

    private var span: Range<Timestamp> { now..<(now + .milliseconds(1)) }

    /// Whether there is anything to do, asked without writing.
    func isOutdated(_ db: Database) throws -> Bool {
        let scopes = try MaintenanceTerms.calendar(span, db).scopes(at: now)
        let (condition, arguments) = Self.inside(.union(scopes.map(\.scope)))
        let hasLeft = "SELECT EXISTS (SELECT 1 FROM siteState WHERE status = 'maintenance' AND NOT \(condition))"
        if try Bool.fetchOne(db, sql: hasLeft, arguments: arguments) ?? false { return true }
        return try scopes.contains { scope, _ in
            let (condition, arguments) = Self.inside(scope)
            let sql = "SELECT EXISTS (SELECT 1 FROM siteState WHERE \(Self.isShown) AND \(condition))"
            return try Bool.fetchOne(db, sql: sql, arguments: arguments) ?? false
        }
    }

    /// - Returns: How many sites have gone in or come out.
    func apply(_ db: Database) throws -> Int {
        let scopes = try MaintenanceTerms.calendar(span, db).scopes(at: now)
        let (condition, arguments) = Self.inside(.union(scopes.map(\.scope)))
        try db.execute(
            sql: """
                UPDATE siteState SET status = standing, since = standingSince, standing = NULL, standingSince = NULL
                WHERE status = 'maintenance' AND NOT \(condition)
                """,
            arguments: arguments
        )
        var changed = db.changesCount
        for (scope, since) in scopes {
            let (condition, arguments) = Self.inside(scope)
            try db.execute(
                sql: """
                    UPDATE siteState SET standing = status, standingSince = since, status = 'maintenance', since = ?
                    WHERE \(Self.isShown) AND \(condition)
                    """,
                arguments: [since.milliseconds] + arguments
            )
            changed += db.changesCount
        }
        return changed
    }

    // MARK: Conditions

    /// Sites that are not shown in maintenance, as ranges of the index by status.
    private static let isShown =
        "status IN ("
        + SiteStatus.allCases.filter { $0 != .maintenance }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        + ")"

    private static func inside(_ scope: MaintenanceScope) -> (sql: String, arguments: StatementArguments) {
        if scope.all { return ("TRUE", []) }
        var parts: [String] = []
        var arguments: StatementArguments = []
        if !scope.sites.isEmpty {
            parts.append("siteID IN (SELECT value FROM json_each(?))")
            arguments += [IDList.text(scope.sites)]
        }
        if !scope.tags.isEmpty {
            let tags = repeatElement("?", count: scope.tags.count).joined(separator: ", ")
            parts.append(
                """
                siteID IN (SELECT site.id FROM site CROSS JOIN json_each(site.settings, '$.tags') AS tag
                    WHERE site.removedAt IS NULL AND site.settings IS NOT NULL AND tag.value IN (\(tags)))
                """
            )
            arguments += StatementArguments(scope.tags)
        }
        return parts.isEmpty ? ("FALSE", []) : ("(\(parts.joined(separator: " OR ")))", arguments)
    }
}
