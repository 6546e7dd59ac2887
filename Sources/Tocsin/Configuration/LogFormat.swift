/// How messages are written.
enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json
}
