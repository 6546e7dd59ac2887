internal import GRDB
package import Monitoring
package import Notifications
internal import StoredForms

/// The access tokens in SQLite.
package struct SQLiteTokenStore: TokenStore {
    /// Use is noted no oftener than this, so that reading with a token is not a write each time.
    private static let noteEvery = Duration.seconds(60)

    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    private static let columns = "id, name, scopes, createdAt, lastUsedAt"

    package func addToken(
        named name: String,
        scopes: Set<Scope>,
        hash: String,
        by author: Author
    ) async throws -> AccessToken {
        let now = time.now()
        return try await database.writing { db in
            try Self.insert(name, scopes, hash, now, author, db)
        }
    }

    package func addFirstToken(named name: String, scopes: Set<Scope>, hash: String) async throws -> Bool {
        let now = time.now()
        return try await database.writing { db in
            guard try Int64.fetchOne(db, sql: "SELECT id FROM token LIMIT 1") == nil else { return false }
            _ = try Self.insert(name, scopes, hash, now, .local, db)
            return true
        }
    }

    package func token(hash: String) async throws -> AccessToken? {
        let now = time.now()
        let token = try await database.reading { db in
            try Row.fetchOne(
                try db.cachedStatement(sql: "SELECT \(Self.columns) FROM token WHERE hash = ?"),
                arguments: [hash]
            ).map { try Self.token($0) }
        }
        guard let token, token.lastUsedAt.map({ now - $0 >= Self.noteEvery }) ?? true else { return token }
        do {
            try await database.writing { db in
                try db.cachedStatement(sql: "UPDATE token SET lastUsedAt = ? WHERE id = ?")
                    .execute(arguments: [now.milliseconds, token.id.rawValue])
            }
        } catch let error as StoreError where error.code == .unavailable {
            // A disk that is full refuses nobody the right to read; the use is noted the next time.
            return token
        }
        return token
    }

    package func tokens() async throws -> [AccessToken] {
        try await database.reading { db in
            try Row.fetchAll(db, sql: "SELECT \(Self.columns) FROM token ORDER BY id").map { try Self.token($0) }
        }
    }

    package func revokeToken(_ id: TokenID, by author: Author) async throws {
        let now = time.now()
        try await database.writing { db in
            try db.execute(sql: "DELETE FROM token WHERE id = ?", arguments: [id.rawValue])
            guard db.changesCount > 0 else { throw StoreError(.notFound, "There is no token \(id).") }
            try Audit(db: db, now: now, author: author).record("token.revoke", id.description)
        }
    }

    private static func insert(
        _ name: String,
        _ scopes: Set<Scope>,
        _ hash: String,
        _ now: Timestamp,
        _ author: Author,
        _ db: Database
    ) throws -> AccessToken {
        do {
            try db.execute(
                sql: "INSERT INTO token (name, hash, scopes, createdAt) VALUES (?, ?, ?, ?)",
                arguments: [name, hash, try StoredJSON.text(scopes.map(\.rawValue).sorted()), now.milliseconds]
            )
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError(
                .conflict,
                "There is a token named \"\(name)\" already; give this one another name.",
                cause: error
            )
        }
        let id = TokenID(rawValue: db.lastInsertedRowID)
        try Audit(db: db, now: now, author: author).record("token.add", id.description)
        return AccessToken(id: id, name: name, scopes: scopes, createdAt: now)
    }

    private static func token(_ row: Row) throws -> AccessToken {
        AccessToken(
            id: TokenID(rawValue: row[0]),
            name: row[1],
            scopes: Set(try StoredJSON.value([Scope].self, from: row[2])),
            createdAt: Timestamp(milliseconds: row[3]),
            lastUsedAt: (row[4] as Int64?).map { Timestamp(milliseconds: $0) }
        )
    }
}
