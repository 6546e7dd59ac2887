internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Notifications

/// The ETag of an answer: the record's revision, what the answer says, or both.
///
/// A change is bound to the revision alone. What a site's answer says changes with every check, which is no reason to
/// refuse an edit.
enum EntityTag {
    /// The tag of a record that changes only with its revision.
    static func headers(revision: Int) -> HTTPFields { [.eTag: "\"\(revision)\""] }

    /// The tag of a record with more in its answer than its revision stands for.
    static func headers(revision: Int, of document: JSON) -> HTTPFields {
        [.eTag: "\"\(revision).\(hash(of: document.bytes))\""]
    }

    /// The tag of an answer that is no record's, such as a list.
    static func headers(of document: JSON) -> HTTPFields { [.eTag: text(of: document.bytes)] }

    /// The tag of what consists of these bytes.
    static func text(of bytes: some Sequence<UInt8>) -> String { "\"\(hash(of: bytes))\"" }

    /// The revision that a change was made from, where the client says so.
    ///
    /// - Throws: ``Problem`` 400 for what is no tag of a record.
    static func expected(by request: Request) throws -> Int? {
        guard let text = request.headers[.ifMatch], text != "*" else { return nil }
        // Proxies that compress an answer make its tag a weak one; clients forget the quotes.
        let tag = (text.hasPrefix("W/") ? text.dropFirst(2) : text[...]).trimmingPrefix("\"").prefix { $0 != "\"" }
        guard let revision = Int(tag.prefix { $0 != "." }), revision >= 0 else {
            throw Problem(
                .badRequest,
                "If-Match should be the ETag of an earlier answer, such as \"3\" with its quotes."
            )
        }
        return revision
    }

    /// Expects a change to be made from the present revision, where the client says from which.
    ///
    /// It is asked last: what is wrong with a request anyway says so, whatever its precondition (RFC 9110, section 13.2.1).
    ///
    /// - Throws: ``Problem`` 412.
    static func require(_ expected: Int?, of what: String, now revision: Int) throws {
        if let expected, expected != revision { throw outdated(what, now: revision) }
    }

    static func outdated(_ what: String, now revision: Int) -> Problem {
        Problem(.preconditionFailed, "The \(what) has been changed meanwhile; it is at revision \(revision) now.")
    }

    /// The answer, or 304 where the client has it already.
    static func sparing(_ response: Response, for request: Request) -> Response {
        guard request.method == .get || request.method == .head, response.status == .ok,
            let tag = response.headers[.eTag], let known = request.headers[.ifNoneMatch],
            known.split(separator: ",").contains(where: { isSame($0, tag) })
        else { return response }
        var headers = response.headers
        headers[.contentType] = nil
        headers[.contentLength] = nil
        return Response(status: .notModified, headers: headers)
    }

    /// Compares as `If-None-Match` does: whether a tag is weak does not matter.
    private static func isSame(_ known: Substring, _ tag: String) -> Bool {
        let known = known.trimmingSpaces
        return known == "*" || known == tag || known == "W/" + tag
    }

    private static func hash(of bytes: some Sequence<UInt8>) -> String {
        TokenSecret.hex(SHA256.hash(data: Array(bytes)).prefix(8))
    }
}
