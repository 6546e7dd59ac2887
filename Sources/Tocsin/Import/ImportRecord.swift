internal import Notifications

/// One site of a list, as a document, and the line that it begins on.
struct ImportRecord: Sendable, Equatable {
    let line: Int
    let document: JSON
}
