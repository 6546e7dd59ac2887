internal import Foundation
internal import GRDB
package import StoredForms

extension SecretBox {
    /// Makes sure at the start that the key is the database's own, and makes it so where the database has none yet.
    ///
    /// - Throws: `StoreError` `unusable` for a wrong key, or none where there was one.
    package func verify(in database: SQLiteDatabase) async throws {
        try await database.writing { db in
            let stored = try Data.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'secretCheck'")
            guard let mark = try check(against: stored) else { return }
            try db.execute(sql: "INSERT INTO setting (name, value) VALUES ('secretCheck', ?)", arguments: [mark])
        }
    }
}
