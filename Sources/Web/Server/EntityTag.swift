internal import HTTPTypes
internal import Hummingbird

/// The ETag of a record: its revision.
enum EntityTag {
    static func headers(revision: Int) -> HTTPFields { [.eTag: "\"\(revision)\""] }

    /// The revision that a change was made from, where the client says so.
    ///
    /// - Throws: ``Problem`` 400 for what is no tag of ours.
    static func expected(by request: Request) throws -> Int? {
        guard let text = request.headers[.ifMatch], text != "*" else { return nil }
        guard text.count > 2, text.first == "\"", text.last == "\"", let revision = Int(text.dropFirst().dropLast())
        else {
            throw Problem(
                .badRequest,
                "If-Match should be the ETag of an earlier answer, such as \"3\" with its quotes."
            )
        }
        return revision
    }

    /// Whether the client has this revision already.
    static func isKnown(_ revision: Int, to request: Request) -> Bool {
        request.headers[.ifNoneMatch].map { $0.contains("\"\(revision)\"") } ?? false
    }

    static func outdated(_ what: String, now revision: Int) -> Problem {
        Problem(.preconditionFailed, "The \(what) has been changed meanwhile; it is at revision \(revision) now.")
    }
}
