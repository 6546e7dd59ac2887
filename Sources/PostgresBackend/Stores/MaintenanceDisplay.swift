internal import Monitoring
internal import StoredForms

/// Shows the sites in maintenance that are in it now, and no others.
///
/// The sites are locked in the order of their numbers, as who records their results does, and what is changed is asked
/// again once they are: several processes may do this at once.
struct MaintenanceDisplay {
    let connection: PostgresConnection
    let now: Timestamp

    /// Whether there is anything to do, asked without locking.
    func isOutdated() async throws -> Bool {
        let scopes = try await scopes()
        let hasLeft = try await connection.query(
            "SELECT EXISTS (SELECT 1 FROM \(Self.leaving)) AS found",
            Self.values(.union(scopes.map(\.scope)))
        )
        if try hasLeft.first?.bool("found") ?? false { return true }
        for (scope, _) in scopes {
            let rows = try await connection.query(
                "SELECT EXISTS (SELECT 1 FROM \(Self.entering)) AS found",
                Self.values(scope)
            )
            if try rows.first?.bool("found") ?? false { return true }
        }
        return false
    }

    /// - Returns: How many sites have gone in or come out.
    func apply() async throws -> Int {
        let scopes = try await scopes()
        let left = try await ids("SELECT site.id FROM \(Self.leaving)", .union(scopes.map(\.scope)))
        var entered: [(ids: [Int64], since: Timestamp)] = []
        for (scope, since) in scopes {
            entered.append((try await ids("SELECT site.id FROM \(Self.entering)", scope), since))
        }
        let touched = Set(left + entered.flatMap(\.ids)).sorted()
        if touched.isEmpty { return 0 }
        try await connection.execute(
            "SELECT id FROM site WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            [.ints(touched)]
        )
        var changed = try await connection.execute(
            """
            UPDATE site_state SET status = standing, since = standing_since, standing = NULL, standing_since = NULL
            WHERE site_id = ANY ($1) AND status = 'maintenance'
            """,
            [.ints(left)]
        )
        for (ids, since) in entered where !ids.isEmpty {
            changed += try await connection.execute(
                """
                UPDATE site_state SET standing = status, standing_since = since, status = 'maintenance', since = $2
                WHERE site_id = ANY ($1) AND status <> 'maintenance'
                """,
                [.ints(ids), .int(since.milliseconds)]
            )
        }
        return changed
    }

    private func ids(_ sql: SQL, _ scope: MaintenanceScope) async throws -> [Int64] {
        try await connection.query(sql, Self.values(scope)).map { try $0.int("id") }
    }

    private func scopes() async throws -> [(scope: MaintenanceScope, since: Timestamp)] {
        try await MaintenanceTerms.calendar(now..<(now + .milliseconds(1)), connection).scopes(at: now)
    }

    // MARK: Conditions

    /// A scope is `$1` whether it is all, `$2` the numbers and `$3` the tags.
    private static func values(_ scope: MaintenanceScope) -> [PostgresValue] {
        [.bool(scope.all), .ints(scope.sites.map(\.rawValue)), .texts(scope.tags)]
    }

    private static let inside: SQL =
        "($1 OR site.id = ANY ($2) OR cardinality($3) > 0 AND coalesce(site.tags ?| $3, false))"

    private static let leaving: SQL = """
        site JOIN site_state ON site_state.site_id = site.id
        WHERE site.removed_at IS NULL AND site_state.status = 'maintenance' AND NOT \(inside)
        """

    private static let entering: SQL = """
        site JOIN site_state ON site_state.site_id = site.id
        WHERE site.removed_at IS NULL AND site_state.status <> 'maintenance' AND \(inside)
        """
}
