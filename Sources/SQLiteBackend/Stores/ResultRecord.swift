internal import GRDB
internal import Monitoring
internal import StoredForms

/// Reads and writes rows of `result`.
enum ResultRecord {
    /// The columns, in the order in which ``result(_:from:)`` reads them.
    static let columns = """
        result.slot, result.region, result.verdict, result.attempts, result.statusCode, result.dns, result.connect, \
        result.tls, result.firstByte, result.transfer, result.total, result.certificateEndsAt, result.address, \
        result.failure
        """

    /// Inserts a result; false where its slot has one already.
    ///
    /// Only that one conflict is passed over: any other is an error, or `OR IGNORE` would hide a refused value.
    static func insert(_ result: CheckResult, _ db: Database) throws -> Bool {
        let fields = try ResultFields(result)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO result (siteID, slot, region, verdict, attempts, statusCode, dns, connect, tls, firstByte,
                transfer, total, certificateEndsAt, address, failure)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (siteID, slot, region) DO NOTHING
                """
        )
        try statement.execute(
            arguments: [
                result.site.rawValue, fields.slot, fields.region, fields.verdict, fields.attempts, fields.statusCode,
                fields.dns, fields.connect, fields.tls, fields.firstByte, fields.transfer, fields.total,
                fields.certificateEndsAt, fields.address, fields.failure,
            ]
        )
        return db.changesCount > 0
    }

    static func result(_ row: Row, from start: Int = 0) throws -> StoredResult {
        var fields = ResultFields()
        fields.slot = row[start]
        fields.region = row[start + 1]
        fields.verdict = row[start + 2]
        fields.attempts = row[start + 3]
        fields.statusCode = row[start + 4]
        fields.dns = row[start + 5]
        fields.connect = row[start + 6]
        fields.tls = row[start + 7]
        fields.firstByte = row[start + 8]
        fields.transfer = row[start + 9]
        fields.total = row[start + 10]
        fields.certificateEndsAt = row[start + 11]
        fields.address = row[start + 12]
        fields.failure = row[start + 13]
        return try fields.result()
    }
}
