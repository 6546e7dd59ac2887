package import Monitoring

/// A row of `result`: integers for all but what only a failure has.
///
/// Times are Unix milliseconds, durations microseconds.
package struct ResultFields: Sendable, Equatable {
    package var slot: Int64 = 0
    package var region = ""
    /// 0 up, 1 degraded, 2 down.
    package var verdict = 0
    package var attempts = 0
    package var statusCode: Int?
    package var dns: Int64?
    package var connect: Int64?
    package var tls: Int64?
    package var firstByte: Int64?
    package var transfer: Int64?
    package var total: Int64?
    package var certificateEndsAt: Int64?
    package var address: String?
    /// ``CheckFailure`` as JSON.
    package var failure: String?

    package init() {}

    package init(_ result: CheckResult) throws {
        let observation = result.observation
        slot = result.slot.milliseconds
        region = result.region
        verdict = Self.number(observation.verdict)
        attempts = result.attempts
        statusCode = observation.statusCode
        dns = observation.phases.dns?.microseconds
        connect = observation.phases.connect?.microseconds
        tls = observation.phases.tls?.microseconds
        firstByte = observation.phases.firstByte?.microseconds
        transfer = observation.phases.transfer?.microseconds
        total = observation.phases.total?.microseconds
        certificateEndsAt = observation.certificateEndsAt?.milliseconds
        address = observation.address
        failure = try observation.failure.map { try StoredJSON.text($0) }
    }

    /// The result as it is answered.
    package func result() throws -> StoredResult {
        func duration(_ microseconds: Int64?) -> Duration? { microseconds.map { .microseconds($0) } }
        let observation = Observation(
            verdict: try Self.verdict(verdict),
            phases: Phases(
                dns: duration(dns),
                connect: duration(connect),
                tls: duration(tls),
                firstByte: duration(firstByte),
                transfer: duration(transfer),
                total: duration(total)
            ),
            statusCode: statusCode,
            failure: try failure.map { try StoredJSON.value(from: $0) },
            certificateEndsAt: certificateEndsAt.map { Timestamp(milliseconds: $0) },
            address: address
        )
        return StoredResult(
            slot: Timestamp(milliseconds: slot),
            region: region,
            attempts: attempts,
            observation: observation
        )
    }

    private static func number(_ verdict: Verdict) -> Int {
        switch verdict {
        case .up: 0
        case .degraded: 1
        case .down: 2
        }
    }

    /// The verdict of a number in the database.
    package static func verdict(_ number: Int) throws -> Verdict {
        switch number {
        case 0: .up
        case 1: .degraded
        case 2: .down
        default:
            throw StoreError(.unusable, "A result in the database has the unknown verdict \(number); update tocsin.")
        }
    }
}

extension Duration {
    /// The whole microseconds in this duration.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
