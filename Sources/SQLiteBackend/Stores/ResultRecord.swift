internal import GRDB
internal import Monitoring

/// A row of `result`: integers for all but what only a failure has.
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
        let observation = result.observation
        let phases = observation.phases
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
                result.site.rawValue, result.slot.milliseconds, result.region, number(observation.verdict),
                result.attempts, observation.statusCode, phases.dns?.microseconds, phases.connect?.microseconds,
                phases.tls?.microseconds, phases.firstByte?.microseconds, phases.transfer?.microseconds,
                phases.total?.microseconds, observation.certificateEndsAt?.milliseconds, observation.address,
                try observation.failure.map { try StoredJSON.text($0) },
            ]
        )
        return db.changesCount > 0
    }

    static func result(_ row: Row, from start: Int = 0) throws -> StoredResult {
        func duration(_ index: Int) -> Duration? { (row[start + index] as Int64?).map { .microseconds($0) } }
        let observation = Observation(
            verdict: try verdict(row[start + 2]),
            phases: Phases(
                dns: duration(5),
                connect: duration(6),
                tls: duration(7),
                firstByte: duration(8),
                transfer: duration(9),
                total: duration(10)
            ),
            statusCode: row[start + 4],
            failure: try (row[start + 13] as String?).map { try StoredJSON.value(from: $0) },
            certificateEndsAt: (row[start + 11] as Int64?).map { Timestamp(milliseconds: $0) },
            address: row[start + 12]
        )
        return StoredResult(
            slot: Timestamp(milliseconds: row[start]),
            region: row[start + 1],
            attempts: row[start + 3],
            observation: observation
        )
    }

    static func number(_ verdict: Verdict) -> Int {
        switch verdict {
        case .up: 0
        case .degraded: 1
        case .down: 2
        }
    }

    static func verdict(_ number: Int) throws -> Verdict {
        switch number {
        case 0: .up
        case 1: .degraded
        case 2: .down
        default: throw StoreError(.unusable, "A result in the database has the unknown verdict \(number).")
        }
    }
}

extension Duration {
    /// The whole microseconds in this duration.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
