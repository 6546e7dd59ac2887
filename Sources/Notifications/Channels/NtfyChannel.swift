internal import Monitoring
internal import NIOHTTP1

/// Publishes to a topic of an ntfy server.
package struct NtfyChannel: Channel {
    private static let maximumMessage = 4_096
    private static let maximumTitle = 250

    private let url: String
    private let topic: String
    private let token: String?
    private let timeout: Duration
    private let transport: ChannelTransport

    init(url: String, topic: String, token: String?, timeout: Duration, transport: ChannelTransport) {
        self.url = url
        self.topic = topic
        self.token = token
        self.timeout = timeout
        self.transport = transport
    }

    /// Posts JSON to the server's root; 200 is success.
    package func send(_ message: Message) async -> SendOutcome {
        var headers: HTTPHeaders = ["content-type": "application/json", "user-agent": "Tocsin"]
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        let body = Self.body(of: MessageText(message), topic: topic).bytes
        let request = ChannelTransport.Request(url: url, headers: headers, body: body, timeout: timeout)
        return await transport.post(request) { answer, now in
            var outcome = ChannelTransport.outcome(of: answer, now: now)
            if outcome.isDelivered && answer.status != 200 {
                outcome.verdict = .failed(retryAfter: nil)
                outcome.error = "ntfy answered \(answer.status) instead of 200."
            }
            return outcome
        }
    }

    static func body(of text: MessageText, topic: String) -> JSON {
        // ntfy shows "triggered" for an empty message.
        let message = text.body.isEmpty ? text.title : text.body
        var members = [
            JSON.Member("topic", .string(topic)),
            JSON.Member("title", .string(text.title.cut(toBytes: maximumTitle))),
            JSON.Member("message", .string(message.cut(toBytes: maximumMessage))),
        ]
        let (priority, tag): (Int, JSON) =
            switch text.urgency {
            case .alert: (5, "rotating_light")
            case .warning: (4, "warning")
            case .recovery: (3, "white_check_mark")
            case .information: (3, "bell")
            }
        members.append(JSON.Member("priority", JSON(priority)))
        members.append(JSON.Member("tags", [tag]))
        if let link = text.link { members.append(JSON.Member("click", .string(link))) }
        return .object(members)
    }
}
