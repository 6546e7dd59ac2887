internal import Foundation
package import StoredForms

extension SecretBox {
    /// Makes sure at the start that the key is the database's own, and makes it so where the database has none yet.
    ///
    /// - Throws: `StoreError` `unusable` for a wrong key, or none where there was one.
    package func verify(in database: PostgresDatabase) async throws {
        try await database.write { connection in
            // Two that start at once with different keys must not both be right.
            try await connection.lock(.migrations)
            let stored = try await connection.query("SELECT value FROM setting WHERE name = 'secretCheck'").first
            guard let mark = try check(against: try stored.map { Data(try $0.bytes("value")) }) else { return }
            try await connection.execute(
                "INSERT INTO setting (name, value) VALUES ('secretCheck', $1)",
                [.bytes(Array(mark))]
            )
        }
    }
}
