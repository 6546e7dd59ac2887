internal import HTTPTypes
internal import Hummingbird

/// What a request to the API may ask for beside its body.
enum Negotiation {
    /// Refuses what can't be answered: another media type than JSON, and parameters of a change, which has none.
    ///
    /// - Throws: ``Problem`` 406 or 400.
    static func require(of request: Request) throws {
        if let accept = request.headers[.accept], !takesJSON(accept) {
            throw Problem(.notAcceptable, "The API answers application/json alone; the Accept header should take it.")
        }
        if request.method != .get, request.method != .head { _ = try Query(request) }
    }

    /// Whether an Accept header takes JSON; a quality of 0 excludes what it stands at.
    static func takesJSON(_ accept: String) -> Bool {
        var best = (specificity: -1, isTaken: false)
        for part in accept.split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.trimmingSpaces.lowercased() }
            let specificity: Int
            switch pieces.first {
            case "application/json", "application/problem+json": specificity = 2
            case "application/*": specificity = 1
            case "*/*", "*": specificity = 0
            default: continue
            }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if specificity > best.specificity { best = (specificity, quality > 0) }
        }
        return best.isTaken || accept.trimmingSpaces.isEmpty
    }
}
