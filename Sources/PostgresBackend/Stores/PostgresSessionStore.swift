internal import Foundation
package import Monitoring
internal import Notifications
package import StoredForms

/// The key of the sessions and the codes that sign in once, in PostgreSQL.
package struct PostgresSessionStore: SessionStore {
    private let database: PostgresDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: PostgresDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    package func sessionKey(orFirst fresh: [UInt8]) async throws -> [UInt8] {
        let sealed = try secrets.seal(sessionKey: fresh)
        let stored = try await database.write { connection in
            // Of several that start at once, one inserts; the others wait for it and read its key.
            try await connection.execute(
                "INSERT INTO setting (name, value) VALUES ('sessionKey', $1) ON CONFLICT (name) DO NOTHING",
                [.bytes(Array(sealed))]
            )
            return try await connection.query("SELECT value FROM setting WHERE name = 'sessionKey'").first?
                .bytes("value")
        }
        guard let stored else { throw StoreError(.unusable, "The database did not keep the key of the sessions.") }
        return try secrets.openSessionKey(Data(stored))
    }

    package func addSignInCode(hash: String, tokenHash: String, until end: Timestamp) async throws {
        let value = try SignInCode(tokenHash: tokenHash, end: end.milliseconds).data()
        let now = time.now().milliseconds
        try await database.write { connection in
            let codes = try await connection.query(
                "SELECT name, value FROM setting WHERE starts_with(name, $1)",
                [.text(SignInCode.prefix)]
            )
            for row in codes where try SignInCode(Data(try row.bytes("value"))).end <= now {
                try await connection.execute("DELETE FROM setting WHERE name = $1", [.text(try row.text("name"))])
            }
            try await connection.execute(
                "INSERT INTO setting (name, value) VALUES ($1, $2)",
                [.text(SignInCode.name(hash: hash)), .bytes(Array(value))]
            )
        }
    }

    package func takeSignInCode(hash: String) async throws -> String? {
        let now = time.now().milliseconds
        let row = try await database.write { connection in
            try await connection.query(
                "DELETE FROM setting WHERE name = $1 RETURNING value",
                [.text(SignInCode.name(hash: hash))]
            ).first
        }
        guard let code = try row.map({ try SignInCode(Data(try $0.bytes("value"))) }) else { return nil }
        return code.end > now ? code.tokenHash : nil
    }
}
