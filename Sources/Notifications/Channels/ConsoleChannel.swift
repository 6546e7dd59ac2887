internal import Monitoring

/// Writes one line for each event.
package struct ConsoleChannel: Channel {
    /// Takes one line, without its end.
    package typealias Writer = @Sendable (String) throws -> Void

    private let write: Writer

    init(write: @escaping Writer) {
        self.write = write
    }

    /// Writes the line.
    package func send(_ message: Message) async -> SendOutcome {
        do {
            try write(Self.line(for: message))
            return .delivered
        } catch {
            return SendOutcome(.failed(retryAfter: nil), error: "Standard output can't be written to: \(error).")
        }
    }

    static func line(for message: Message) -> String {
        let text = MessageText(message)
        let line = text.body.isEmpty ? text.title : "\(text.title): \(text.body)"
        return "\(message.time.textForPeople)  \(message.event.type)  \(line.onOneLine.cut(toCharacters: 1_000))"
    }
}
