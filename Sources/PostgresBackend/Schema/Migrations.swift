internal import Monitoring

/// Brings the tables up to date, one process at a time.
///
/// They lie in a schema of their own, so that the database may hold another program's.
struct Migrations {
    private struct Migration {
        let name: String
        let statements: [SQL]
    }

    private static let all = [
        Migration(name: "stores 1", statements: StoreTables.all),
        Migration(name: "maintenance 1", statements: MaintenanceTables.all),
        Migration(name: "incidents 1", statements: IncidentTables.all),
        Migration(name: "status page 1", statements: StatusPageTables.all),
    ]

    /// The first that has what the statements here use, and that is still maintained.
    private static let oldestServer: Int64 = 130_000

    let connection: PostgresConnection
    let place: String

    /// Within one transaction, which either brings all that is missing or nothing.
    func apply() async throws {
        try await checkServer()
        try await connection.lock(.migrations)
        try await connection.execute("CREATE SCHEMA IF NOT EXISTS tocsin")
        try await connection.execute("CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY)")
        let applied = try await connection.query("SELECT name FROM migration").map { try $0.text("name") }
        guard applied.allSatisfy({ name in Self.all.contains { $0.name == name } }) else {
            throw StoreError(
                .unusable,
                "\(place) was written by a newer version of tocsin; update this one, or name another database."
            )
        }
        for migration in Self.all where !applied.contains(migration.name) {
            for statement in migration.statements { try await connection.execute(statement) }
            try await connection.execute("INSERT INTO migration (name) VALUES ($1)", [.text(migration.name)])
        }
    }

    private func checkServer() async throws {
        let rows = try await connection.query(
            "SELECT current_setting('server_version_num')::bigint AS version, current_setting('server_encoding') AS encoding"
        )
        for row in rows {
            guard try row.int("version") >= Self.oldestServer else {
                throw StoreError(.unusable, "\(place) is on a server older than PostgreSQL 13; update that server.")
            }
            guard try row.text("encoding") == "UTF8" else {
                throw StoreError(
                    .unusable,
                    "\(place) is not encoded in UTF-8; make one that is, with CREATE DATABASE … ENCODING 'UTF8' "
                        + "TEMPLATE template0."
                )
            }
        }
    }
}

extension PostgresDatabase {
    /// Brings the tables up to date; several processes may do so at once.
    ///
    /// - Throws: ``StoreError`` `unusable` where the database is not fit, or was written by a newer version.
    package func migrate() async throws {
        try await writeWithoutLimit { try await Migrations(connection: $0, place: place).apply() }
    }
}
