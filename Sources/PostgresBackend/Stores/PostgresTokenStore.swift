package import Monitoring
package import Notifications
internal import StoredForms

/// The access tokens in PostgreSQL.
package struct PostgresTokenStore: TokenStore {
    /// Use is noted no oftener than this, so that reading with a token is not a write each time.
    private static let noteEvery = Duration.seconds(60)

    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    private static let columns: SQL = "id, name, scopes, created_at, last_used_at"

    package func addToken(
        named name: String,
        scopes: Set<Scope>,
        hash: String,
        by author: Author
    ) async throws -> AccessToken {
        let now = time.now()
        return try await database.write { connection in
            try await Self.insert(name, scopes, hash, Audit(connection: connection, now: now, author: author))
        }
    }

    package func addFirstToken(named name: String, scopes: Set<Scope>, hash: String) async throws -> Bool {
        let now = time.now()
        return try await database.write { connection in
            // Who waited here sees the token of whoever was first.
            try await connection.lock(.firstToken)
            guard try await connection.query("SELECT id FROM token LIMIT 1").isEmpty else { return false }
            _ = try await Self.insert(name, scopes, hash, Audit(connection: connection, now: now, author: .local))
            return true
        }
    }

    package func token(hash: String) async throws -> AccessToken? {
        let now = time.now()
        let row = try await database.read { connection in
            try await connection.query("SELECT \(Self.columns) FROM token WHERE hash = $1", [.text(hash)]).first
        }
        let token = try row.map { try Self.token($0) }
        guard let token, token.lastUsedAt.map({ now - $0 >= Self.noteEvery }) ?? true else { return token }
        do {
            try await database.write { connection in
                try await connection.execute(
                    "UPDATE token SET last_used_at = $1 WHERE id = $2",
                    [.int(now.milliseconds), .int(token.id.rawValue)]
                )
            }
        } catch let error as StoreError where error.code == .unavailable {
            // A disk that is full refuses nobody the right to read; the use is noted the next time.
            return token
        }
        return token
    }

    package func tokens() async throws -> [AccessToken] {
        let rows = try await database.read { try await $0.query("SELECT \(Self.columns) FROM token ORDER BY id") }
        return try rows.map { try Self.token($0) }
    }

    package func revokeToken(_ id: TokenID, by author: Author) async throws {
        let now = time.now()
        try await database.write { connection in
            let revoked = try await connection.execute("DELETE FROM token WHERE id = $1", [.int(id.rawValue)])
            guard revoked > 0 else { throw StoreError(.notFound, "There is no token \(id).") }
            try await Audit(connection: connection, now: now, author: author).record("token.revoke", [id])
        }
    }

    private static func insert(
        _ name: String,
        _ scopes: Set<Scope>,
        _ hash: String,
        _ audit: Audit
    ) async throws -> AccessToken {
        let row: PostgresRow?
        do {
            row = try await audit.connection.query(
                "INSERT INTO token (name, hash, scopes, created_at) VALUES ($1, $2, $3, $4) RETURNING \(columns)",
                [
                    .text(name), .text(hash), .text(try StoredJSON.text(scopes.map(\.rawValue).sorted())),
                    .int(audit.now.milliseconds),
                ]
            ).first
        } catch let error as PostgresError where error.state == .uniqueViolation {
            throw StoreError(
                .conflict,
                "There is a token named \"\(name)\" already; give this one another name.",
                cause: error
            )
        }
        guard let row else { throw StoreError(.unusable, "The database gave a new token no number.") }
        let token = try token(row)
        try await audit.record("token.add", [token.id])
        return token
    }

    private static func token(_ row: PostgresRow) throws -> AccessToken {
        AccessToken(
            id: TokenID(rawValue: try row.int("id")),
            name: try row.text("name"),
            scopes: Set(try StoredJSON.value([Scope].self, from: try row.text("scopes"))),
            createdAt: Timestamp(milliseconds: try row.int("created_at")),
            lastUsedAt: try row.optionalInt("last_used_at").map { Timestamp(milliseconds: $0) }
        )
    }
}
