internal import Monitoring
internal import NIOHTTP1

/// Posts events as JSON, signed as Standard Webhooks has it.
package struct WebhookChannel: Channel {
    private let url: String
    private let secrets: [WebhookSecret]
    private let timeout: Duration
    private let transport: ChannelTransport
    private let time: any TimeSource

    init(url: String, secrets: [WebhookSecret], timeout: Duration, transport: ChannelTransport, time: any TimeSource) {
        self.url = url
        self.secrets = secrets
        self.timeout = timeout
        self.transport = transport
        self.time = time
    }

    /// Posts `{type, timestamp, data}`; any 2xx is success.
    package func send(_ message: Message) async -> SendOutcome {
        let body = Self.body(of: message)
        var headers: HTTPHeaders = ["content-type": "application/json", "user-agent": "Tocsin"]
        do {
            let seconds = time.now().milliseconds / 1_000
            for (name, value) in try WebhookSignature.headers(
                id: message.id.rawValue,
                timestamp: seconds,
                body: body,
                secrets: secrets
            ) {
                headers.add(name: name, value: value)
            }
        } catch {
            return SendOutcome(.refused, error: "The channel's secret can't sign: set a new one.")
        }
        let request = ChannelTransport.Request(url: url, headers: headers, body: body, timeout: timeout)
        return await transport.post(request, judge: ChannelTransport.outcome(of:now:))
    }

    /// The request's body; the same on every attempt.
    static func body(of message: Message) -> [UInt8] {
        JSON.object([
            JSON.Member("type", .string(message.event.type)),
            JSON.Member("timestamp", .string(message.event.time ?? message.time.rfc3339)),
            JSON.Member("data", message.event.data ?? .object([])),
        ]).bytes
    }
}

/// The headers of Standard Webhooks.
package enum WebhookSignature {
    /// The id, the time and a signature by each secret.
    ///
    /// - Parameters:
    ///   - id: The same on every attempt, without a dot.
    ///   - timestamp: Of this attempt, in Unix seconds.
    ///   - body: The raw body.
    ///   - secrets: Those that are valid now.
    /// - Returns: Three headers.
    /// - Throws: What the cryptographic library throws for a key that it can't use.
    package static func headers(
        id: String,
        timestamp: Int64,
        body: [UInt8],
        secrets: [WebhookSecret]
    ) throws -> [(name: String, value: String)] {
        let content = Array("\(id).\(timestamp).".utf8) + body
        let signatures = try secrets.map { try $0.signature(for: content) }
        return [
            ("webhook-id", id), ("webhook-timestamp", "\(timestamp)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
