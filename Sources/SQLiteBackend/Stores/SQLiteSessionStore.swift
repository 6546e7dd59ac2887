internal import Foundation
internal import GRDB
package import Monitoring
internal import Notifications
package import StoredForms

/// The key of the sessions and the codes that sign in once, in SQLite.
package struct SQLiteSessionStore: SessionStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: SQLiteDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    package func sessionKey(orFirst fresh: [UInt8]) async throws -> [UInt8] {
        let secrets = secrets
        return try await database.writing { db in
            let stored = try Data.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'sessionKey'")
            if let stored { return try secrets.openSessionKey(stored) }
            try db.execute(
                sql: "INSERT INTO setting (name, value) VALUES ('sessionKey', ?)",
                arguments: [try secrets.seal(sessionKey: fresh)]
            )
            return fresh
        }
    }

    package func addSignInCode(hash: String, tokenHash: String, until end: Timestamp) async throws {
        let code = SignInCode(tokenHash: tokenHash, end: end.milliseconds)
        let now = time.now().milliseconds
        try await database.writing { db in
            let codes = try Row.fetchAll(
                db,
                sql: "SELECT name, value FROM setting WHERE name >= ? AND name < ?",
                arguments: [SignInCode.prefix, "signIn;"]
            )
            for row in codes where try SignInCode(row[1]).end <= now {
                try db.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [row[0] as String])
            }
            try db.execute(
                sql: "INSERT INTO setting (name, value) VALUES (?, ?)",
                arguments: [SignInCode.name(hash: hash), try code.data()]
            )
        }
    }

    package func takeSignInCode(hash: String) async throws -> String? {
        let now = time.now().milliseconds
        let name = SignInCode.name(hash: hash)
        return try await database.writing { db in
            let value = try Data.fetchOne(db, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            guard let value else { return nil }
            try db.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
            let code = try SignInCode(value)
            return code.end > now ? code.tokenHash : nil
        }
    }
}
