import Testing

@testable import PostgresBackend

@Suite("SQL")
struct SQLTests {
    @Test("Is made of literals and pieces")
    func pieces() {
        let columns: SQL = "id, name"
        let sql: SQL = "SELECT \(columns) FROM site WHERE \(SQL.joined(["id = $1", "name = $2"], separator: " AND "))"
        #expect(sql.text == "SELECT id, name FROM site WHERE id = $1 AND name = $2")
    }
}
