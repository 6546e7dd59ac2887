internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Notifications

/// An error as clients see it: RFC 9457 `application/problem+json`.
struct Problem: Error, HTTPResponseError {
    let status: HTTPResponse.Status
    /// One sentence that says what is wrong and what to do.
    let detail: String
    /// What is wrong with each field, where fields are.
    let errors: [FieldProblem]
    let headers: HTTPFields

    init(_ status: HTTPResponse.Status, _ detail: String, errors: [FieldProblem] = [], headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// Fields of the body are wrong.
    static func invalid(_ errors: [FieldProblem]) -> Problem {
        let count = errors.count
        return Problem(
            .unprocessableContent,
            count == 1 ? "One field is wrong; nothing was changed." : "\(count) fields are wrong; nothing was changed.",
            errors: errors
        )
    }

    /// A parameter of the query is wrong.
    static func parameter(_ name: String, _ detail: String) -> Problem {
        Problem(.badRequest, "The query parameter \(name) \(detail).")
    }

    /// Something that may work again in a moment.
    static func unavailable(_ detail: String) -> Problem {
        Problem(.serviceUnavailable, detail, headers: [.retryAfter: "2"])
    }

    static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "There is no \(what).")
    }

    var json: JSON {
        var members: [JSON.Member] = [
            .init("type", "about:blank"),
            .init("title", .string(status.reasonPhrase)),
            .init("status", JSON(status.code)),
            .init("detail", .string(detail)),
        ]
        if !errors.isEmpty {
            let list = errors.map {
                JSON.object([.init("pointer", .string($0.pointer)), .init("detail", .string($0.detail))])
            }
            members.append(.init("errors", .array(list)))
        }
        return .object(members)
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    func response(from request: Request, context: some RequestContext) throws -> Response { response }
}
