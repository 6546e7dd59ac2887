internal import Monitoring
internal import Notifications

/// What came of checks, as JSON.
enum ResultDocument {
    static func json(_ result: StoredResult) -> JSON {
        let observation = result.observation
        return .object([
            .init("slot", .string(result.slot.rfc3339)),
            .init("region", .string(result.region)),
            .init("verdict", .string(observation.verdict.rawValue)),
            .init("statusCode", observation.statusCode.map { JSON($0) } ?? .null),
            .init("attempts", JSON(result.attempts)),
            .init("phases", phases(observation.phases)),
            .init("failure", observation.failure.map(failure) ?? .null),
            .init("certificateEndsAt", JSON(observation.certificateEndsAt?.rfc3339)),
            .init("address", JSON(observation.address)),
        ])
    }

    static func failure(_ failure: CheckFailure) -> JSON {
        .object([
            .init("phase", .string(failure.phase.rawValue)),
            .init("message", .string(failure.message)),
            .init("bodyStart", JSON(failure.bodyStart)),
        ])
    }

    static func uptime(_ uptime: Uptime) -> JSON {
        .object([
            .init("from", .string(uptime.from.rfc3339)),
            .init("to", .string(uptime.to.rfc3339)),
            .init("uptime", JSON(uptime.ratio)),
            .init("downtimeMs", JSON(uptime.downtime.milliseconds)),
            .init("maintenanceMs", JSON(uptime.maintenance.milliseconds)),
            .init("incidents", JSON(uptime.incidents)),
        ])
    }

    static func latency(_ latency: Latency) -> JSON {
        .object(bucket(latency.whole) + [.init("parts", .array(latency.parts.map { .object(bucket($0)) }))])
    }

    private static func bucket(_ bucket: Latency.Bucket) -> [JSON.Member] {
        [
            .init("from", .string(bucket.from.rfc3339)),
            .init("to", .string(bucket.to.rfc3339)),
            .init("count", JSON(bucket.count)),
            .init("p50Ms", number(bucket.p50)),
            .init("p95Ms", number(bucket.p95)),
            .init("p99Ms", number(bucket.p99)),
        ]
    }

    private static func phases(_ phases: Phases) -> JSON {
        .object([
            .init("dnsMs", number(phases.dns)),
            .init("connectMs", number(phases.connect)),
            .init("tlsMs", number(phases.tls)),
            .init("firstByteMs", number(phases.firstByte)),
            .init("transferMs", number(phases.transfer)),
            .init("totalMs", number(phases.total)),
        ])
    }

    /// Milliseconds with what fractions there are.
    private static func number(_ duration: Duration?) -> JSON {
        guard let duration else { return .null }
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        return JSON(Double(microseconds) / 1_000)
    }
}
