internal import Notifications

/// A server's refusal: a problem document (RFC 9457), or whatever else came with an error status.
struct ProblemDocument: Error, Sendable, Equatable {
    let status: Int
    let title: String?
    let detail: String?
    /// Each field that is wrong, with what would be right.
    let fields: [FieldProblem]

    init(status: Int, body: [UInt8]) {
        self.status = status
        // A proxy in between may answer HTML; then only the status is known.
        let document = try? JSON(parsing: body)
        title = document?["title"]?.string
        detail = document?["detail"]?.string
        fields = (document?["errors"]?.array ?? []).map { entry in
            FieldProblem(
                pointer: entry["pointer"]?.string ?? "",
                detail: entry["detail"]?.string ?? entry["message"]?.string ?? "is wrong"
            )
        }
    }

    /// The refusal as one sentence that says what to do; its cause is the document.
    func commandError(at endpoint: ServerEndpoint) -> CommandError {
        switch (status, endpoint) {
        case (401, .url(_, nil)):
            return CommandError(
                .failure,
                "\(endpoint) asks for a token; set TOCSIN_TOKEN to one that `tocsin tokens create` made."
            )
        case (401, _):
            return CommandError(
                .failure,
                "\(endpoint) does not know this token; set TOCSIN_TOKEN to one that `tocsin tokens create` made."
            )
        default: return CommandError(.failure, sentence, cause: self)
        }
    }

    /// What the server says, with the places of what is wrong.
    var sentence: String {
        let head = Self.withoutStop(detail ?? title ?? "The server answered with status \(status)")
        guard !fields.isEmpty else { return head + "." }
        let places = fields.prefix(10).map { field in
            let detail = Self.withoutStop(field.detail)
            return field.pointer.isEmpty ? detail : "\(field.pointer): \(detail)"
        }
        let rest = fields.count > places.count ? "; and \(fields.count - places.count) more" : ""
        return "\(head): \(places.joined(separator: "; "))\(rest)."
    }

    private static func withoutStop(_ text: String) -> String {
        let text = Printable.text(text, atMost: 500)
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
