internal import GRDB
internal import Monitoring

/// Who changed what, written in the transaction of the change.
struct Audit {
    let db: Database
    let now: Timestamp
    let author: Author

    func record(_ action: String, _ subject: String) throws {
        try db.cachedStatement(sql: "INSERT INTO audit (at, author, action, subject) VALUES (?, ?, ?, ?)")
            .execute(arguments: [now.milliseconds, author.name, action, subject])
    }
}
