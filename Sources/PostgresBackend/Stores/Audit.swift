internal import Monitoring

/// Who changed what, written in the transaction of the change.
struct Audit {
    let connection: PostgresConnection
    let now: Timestamp
    let author: Author

    func record<Subject>(_ action: String, _ subjects: [Identifier<Subject>]) async throws {
        guard !subjects.isEmpty else { return }
        try await connection.execute(
            "INSERT INTO audit (at, author, action, subject) SELECT $1, $2, $3, subject FROM unnest($4) AS subject",
            [
                .int(now.milliseconds), .text(author.name), .text(action), .texts(subjects.map(\.description)),
            ]
        )
    }
}
