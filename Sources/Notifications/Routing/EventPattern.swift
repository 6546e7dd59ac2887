/// Which event types a channel wants: `*`, all of a family (`site.*`), or one.
package struct EventPattern: Sendable, Hashable {
    private enum Form: Hashable {
        case all
        /// The dot included.
        case prefix(String)
        case exact(String)
    }

    private let form: Form

    /// What a pattern must look like, as a sentence.
    package static let rule =
        "A pattern is *, an event type, or the start of one followed by .* (site.*); types have 1 to 128 characters of "
        + "A-Z, a-z, 0-9, ., _ and -."

    /// Reads a pattern; nil where the text is none.
    package init?(_ text: String) {
        if text == "*" {
            form = .all
        } else if text.hasSuffix(".*") {
            guard Event.isType(String(text.dropLast(2))) else { return nil }
            form = .prefix(String(text.dropLast()))
        } else {
            guard Event.isType(text) else { return nil }
            form = .exact(text)
        }
    }

    /// Whether the pattern stands for a type.
    package func matches(_ type: String) -> Bool {
        switch form {
        case .all: true
        case .prefix(let prefix): type.hasPrefix(prefix) && type.utf8.count > prefix.utf8.count
        case .exact(let exact): type == exact
        }
    }
}
