internal import Monitoring
internal import Notifications

/// A dead letter as JSON.
enum DeadLetterDocument {
    static func json(_ letter: DeadLetter) -> JSON {
        .object([
            .init("id", .string(letter.id)),
            .init("event", JSON(letter.event?.rawValue)),
            .init("channel", JSON(letter.channel?.description)),
            .init("reason", .string(letter.reason)),
            .init("attempts", JSON(letter.attempts)),
            .init("at", .string(letter.at.rfc3339)),
            .init("body", body(letter.body)),
        ])
    }

    /// What was to be delivered: as JSON where it is some, otherwise as text, so that what is broken can be seen too.
    private static func body(_ bytes: [UInt8]) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            return .string(String(decoding: bytes, as: UTF8.self))
        }
    }
}
