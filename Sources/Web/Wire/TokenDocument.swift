internal import Monitoring
internal import Notifications

/// A token as JSON, and the request for one.
enum TokenDocument {
    struct Request: Equatable {
        let name: String
        let scopes: Set<Scope>
    }

    /// A token as answers show it.
    ///
    /// - Parameters:
    ///   - token: What to show.
    ///   - secret: The token itself, which is shown in the answer that makes it and never again.
    /// - Returns: The document.
    static func json(_ token: AccessToken, secret: String? = nil) -> JSON {
        var members: [JSON.Member] = [
            .init("id", .string(token.id.description)),
            .init("name", .string(token.name)),
            .init("scopes", .array(token.scopes.map(\.rawValue).sorted().map(JSON.string))),
            .init("createdAt", .string(token.createdAt.rfc3339)),
            .init("lastUsedAt", JSON(token.lastUsedAt?.rfc3339)),
        ]
        if let secret { members.append(.init("token", .string(secret))) }
        return .object(members)
    }

    static func request(from json: JSON) -> Result<Request, FieldProblems> {
        var reader = ObjectReader(json)
        let name = reader.string("name") { SiteRules.name($0) ?? SiteRules.text($0, atMost: 128) }
        if name == nil, reader.problems.isEmpty { reader.report("name", "Is needed: it names the author of changes.") }
        let all = Scope.allCases.map(\.rawValue)
        let scopes = reader.strings("scopes", atMost: all.count) { text in
            all.contains(text) ? nil : "Should be one of \(all.joined(separator: ", "))."
        }
        if scopes?.isEmpty ?? true, !reader.problems.contains(where: { $0.pointer.hasPrefix("/scopes") }) {
            reader.report("scopes", "Is needed: an array of \(all.joined(separator: ", ")).")
        }
        let problems = reader.finish()
        guard problems.isEmpty, let name, let scopes else { return .failure(FieldProblems(problems)) }
        return .success(Request(name: name, scopes: Set(scopes.compactMap(Scope.init(rawValue:)))))
    }
}
