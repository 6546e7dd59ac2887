internal import Monitoring
internal import NIOHTTP1

/// Posts to an incoming webhook of Slack.
package struct SlackChannel: Channel {
    // Slack's limits: a header block 150 characters, a section's text 3000, the whole text 40,000.
    private static let maximumHeader = 150
    private static let maximumSection = 3_000
    private static let maximumText = 4_000

    private let url: String
    private let timeout: Duration
    private let transport: ChannelTransport

    init(url: String, timeout: Duration, transport: ChannelTransport) {
        self.url = url
        self.timeout = timeout
        self.transport = transport
    }

    /// Posts `text` and `blocks`; only 200 with the body `ok` is success.
    package func send(_ message: Message) async -> SendOutcome {
        let headers: HTTPHeaders = ["content-type": "application/json; charset=utf-8", "user-agent": "Tocsin"]
        let body = Self.body(of: MessageText(message)).bytes
        let request = ChannelTransport.Request(url: url, headers: headers, body: body, timeout: timeout)
        return await transport.post(request, judge: Self.outcome(of:now:))
    }

    static func body(of text: MessageText) -> JSON {
        let title = "\(symbol(of: text.urgency)) \(text.title)"
        var blocks: [JSON] = [
            [
                "type": "header",
                "text": ["type": "plain_text", "text": .string(title.cut(toCharacters: maximumHeader)), "emoji": true],
            ]
        ]
        if !text.body.isEmpty {
            // Escaping lengthens the text, so that it is cut afterwards, outside of an entity.
            let section = escaped(text.body, maximum: maximumSection)
            blocks.append(["type": "section", "text": ["type": "mrkdwn", "text": .string(section)]])
        }
        let whole = text.body.isEmpty ? title : "\(title)\n\(text.body)"
        return ["text": .string(escaped(whole, maximum: maximumText)), "blocks": .array(blocks)]
    }

    static func outcome(of answer: ChannelTransport.Answer, now: Timestamp) -> SendOutcome {
        var outcome = ChannelTransport.outcome(of: answer, now: now)
        switch outcome.verdict {
        case .delivered where answer.status != 200 || answer.body.trimmingSpaces != "ok":
            outcome.verdict = .failed(retryAfter: nil)
            outcome.error = "Slack answered \(answer.status), but not ok."
        case .limited(let wait):
            let inBody = (try? JSON(parsing: answer.body)).flatMap { RetryAfter.duration($0["retry_after"]) }
            outcome.verdict = .limited(retryAfter: [wait, inBody].compactMap { $0 }.max())
        default: break
        }
        return outcome
    }

    /// Escapes the three characters that Slack's markup takes for itself, and cuts between characters.
    private static func escaped(_ text: String, maximum: Int) -> String {
        var result = ""
        var length = 0
        for character in text {
            let piece =
                switch character {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                default: String(character)
                }
            length += piece.count
            if length >= maximum { return result + "…" }
            result += piece
        }
        return result
    }

    private static func symbol(of urgency: MessageText.Urgency) -> String {
        switch urgency {
        case .alert: "🔴"
        case .warning: "🟠"
        case .recovery: "🟢"
        case .information: "🔵"
        }
    }
}
