internal import Monitoring
internal import NIOCore
internal import Notifications
internal import Redis

/// Steps that are done for each check or event.
enum MicroBenchmark: String, CaseIterable {
    /// Writes a page of 200 XADDs for Redis.
    case respEncode = "resp-encode"
    /// Reads the answer to that page.
    case respParse = "resp-parse"
    /// Decides what a check's result changes.
    case incident
    /// Signs a webhook of 1 KiB.
    case sign
    /// Reads an event of 1 KiB, and writes it as it lies in the queue.
    case event

    /// Does it so often.
    ///
    /// - Returns: A number that depends on all that was done.
    func run(_ times: Int) throws -> Int {
        switch self {
        case .respEncode: Self.encode(times)
        case .respParse: try Self.parse(times)
        case .incident: Self.decide(times)
        case .sign: try Self.sign(times)
        case .event: try Self.rewrite(times)
        }
    }

    private static func encode(_ times: Int) -> Int {
        let template = RedisCommandTemplate(
            "XADD",
            [
                "MONITORING_STREAM", "MAXLEN", "~", 100_000, "*", "websiteId", nil, "url", nil, "slot", nil, "revision",
                nil,
            ]
        )
        let page = (1...200).map { (id: "\($0)", url: "https://\($0).example.com/health") }
        return (0..<times).reduce(0) { sum, _ in
            let commands = template.commands(page.count) { index, put in
                put(.string(page[index].id))
                put(.string(page[index].url))
                put(1_700_000_000_000)
                put(1)
            }
            return sum + commands.count
        }
    }

    private static func parse(_ times: Int) throws -> Int {
        var reply = ByteBuffer(string: "*200\r\n")
        for number in 1...200 { reply.writeString("$15\r\n1700000000000-\(number % 10)\r\n") }
        var parser = RESPParser()
        var count = 0
        for _ in 0..<times {
            var bytes = reply
            while let value = try parser.next(&bytes) { count += try value.array().count }
        }
        return count
    }

    private static func decide(_ times: Int) -> Int {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let site = Site(
            id: SiteID(rawValue: 1),
            revision: 1,
            settings: SiteSettings(url: "https://example.com", interval: .seconds(60)),
            interval: .seconds(60),
            createdAt: start,
            updatedAt: start
        )
        var state = SiteState(since: start)
        var transitions = 0
        for number in 0..<times {
            let slot = start + .seconds(60 * (number + 1))
            // Two of eight fail, one after the other, so that an incident opens and closes.
            let isUp = number % 8 < 6
            let result = CheckResult(
                site: site.id,
                region: Region.default,
                slot: slot,
                revision: 1,
                startedAt: slot,
                observation: Observation(verdict: isUp ? .up : .down, statusCode: isUp ? 200 : 503),
                attempts: 1
            )
            guard let outcome = IncidentMachine.apply(result, to: state, of: site) else { continue }
            transitions += outcome.transitions.count
            state = outcome.filled(incident: IncidentID(rawValue: 1)).state
            if case .close = outcome.incident { state.incident = nil }
        }
        return transitions
    }

    private static func sign(_ times: Int) throws -> Int {
        let secrets = try WebhookSecret.list(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1_024)
        var count = 0
        for number in 0..<times {
            let headers = try WebhookSignature.headers(
                id: "evt_2b7d1f6e",
                timestamp: 1_700_000_000 + Int64(number),
                body: body,
                secrets: secrets
            )
            count += headers.reduce(0) { $0 + $1.value.utf8.count }
        }
        return count
    }

    private static func rewrite(_ times: Int) throws -> Int {
        let text = String(repeating: "x", count: 900)
        let body = Array(#"{"id":"evt_2b7d1f6e","type":"order.paid","subject":"17","data":{"text":"\#(text)"}}"#.utf8)
        var count = 0
        for _ in 0..<times {
            guard case .event(let event, let id?, _) = QueueElement(body) else { continue }
            count += event.element(id: id).count
        }
        return count
    }
}
