internal import Monitoring
internal import Notifications
internal import Web
internal import Yams

/// The `statusPage:` of a file: what is published at /status, with sites by their names.
struct ManifestStatusPage: Sendable, Equatable {
    static let key = "statusPage"
    /// Where it stands in the file, as a JSON pointer.
    static let pointer = "/\(key)"

    private static let fields = ["published", "title", "description", "groups"]

    /// As the file has it.
    private let document: JSON

    init(_ document: JSON) {
        self.document = document
    }

    /// What the server would refuse of it.
    ///
    /// - Parameter names: The sites that there will be.
    /// - Returns: Each problem with its place in the file.
    func problems(sites names: Set<String>) -> [FieldProblem] {
        let sorted = names.sorted()
        let strangers = named.filter { !names.contains($0.name) }.map { place, name in
            let hint = NearestName.of(name, among: sorted).map { " Did you mean `\($0)`?" } ?? ""
            return FieldProblem(
                pointer: Self.pointer + place,
                detail: "There is no site `\(Printable.text(name, atMost: 100))`.\(hint)"
            )
        }
        return fieldProblems + strangers
    }

    /// Finds what has to be changed; nil where nothing has.
    ///
    /// - Returns: The line that a difference shows.
    func line(with client: ServerClient) async throws -> String? {
        let sites = try await Self.sites(with: client)
        let wanted = Self.normal(document)
        let current = Self.normal(Self.byNames(try await client.send(.get, Self.path), sites) ?? [:])
        let changed = Self.fields.filter { wanted[$0] != current[$0] }
        return changed.isEmpty ? nil : "~ status page: \(changed.joined(separator: ", "))"
    }

    /// Publishes it, once all sites are there.
    func apply(with client: ServerClient) async throws {
        let ids = Dictionary(
            try await Self.sites(with: client).map { ($0.value, $0.key) },
            uniquingKeysWith: { first, _ in first }
        )
        let page = Self.replacingSites(of: Self.normal(document)) { ids[$0] ?? $0 }
        _ = try await client.send(.put, Self.path, body: page)
    }

    /// What the server publishes, as a file has it; nil where nobody has chosen.
    static func text(with client: ServerClient) async throws -> String? {
        let answer = try await client.send(.get, path)
        guard let page = byNames(answer, try await sites(with: client)) else { return nil }
        let groups = (page["groups"]?.array ?? []).map(filled)
        let whole = filled(
            .object((page.members ?? []).filter { $0.name != "groups" } + [.init("groups", .array(groups))])
        )
        let document = JSON.object([.init(key, whole.escapingVariables)])
        return try Yams.serialize(node: document.yaml, width: -1, allowUnicode: true)
    }

    // MARK: Parts

    /// What an object says, without what says nothing.
    private static func filled(_ object: JSON) -> JSON {
        .object((object.members ?? []).filter { $0.value != .null && $0.value != [] })
    }

    private static let path = ["v1", "status-page"]

    /// The names of all sites by their ids.
    static func sites(with client: ServerClient) async throws -> [String: String] {
        var names: [String: String] = [:]
        try await client.pages(["v1", "sites"], by: .after) { page in
            for site in page { if let id = site["id"]?.string { names[id] = site["name"]?.string } }
        }
        return names
    }

    /// The server's answer without what only answers have and with sites by their names.
    private static func byNames(_ answer: JSON, _ sites: [String: String]) -> JSON? {
        guard answer["published"]?.bool != nil else { return nil }
        let own = JSON.object((answer.members ?? []).filter { fields.contains($0.name) })
        return replacingSites(of: own) { sites[$0] }
    }

    /// The sites that the file names, each with its place.
    private var named: [(place: String, name: String)] {
        (document["groups"]?.array ?? []).enumerated().flatMap { group in
            (group.element["sites"]?.array ?? []).enumerated().map { site in
                ("/groups/\(group.offset)/sites/\(site.offset)", site.element.string ?? "")
            }
        }
    }

    /// A page with the names or ids of its sites replaced, without those that have nothing in their place; whatever is not
    /// as it should be stays.
    private static func replacingSites(of page: JSON, _ replace: (String) -> String?) -> JSON {
        .object(
            (page.members ?? []).map { member in
                guard member.name == "groups", let groups = member.value.array else { return member }
                return .init("groups", .array(groups.map { replacingSites(ofGroup: $0, replace) }))
            }
        )
    }

    private static func replacingSites(ofGroup group: JSON, _ replace: (String) -> String?) -> JSON {
        guard let members = group.members else { return group }
        return .object(
            members.map { field in
                guard field.name == "sites", let sites = field.value.array else { return field }
                let replaced = sites.compactMap { site in
                    guard let name = site.string else { return site }
                    return replace(name).map(JSON.string)
                }
                return .init("sites", .array(replaced))
            }
        )
    }

    /// The document with its defaults, in one order.
    private static func normal(_ page: JSON) -> JSON {
        let groups = (page["groups"]?.array ?? []).map { group in
            JSON.object([
                .init("name", group["name"] ?? .null), .init("sites", group["sites"] ?? []),
                .init("tags", group["tags"] ?? []),
            ])
        }
        let title = page["title"].flatMap { $0 == .null ? nil : $0 }
        return .object([
            .init("published", page["published"] ?? .null),
            .init("title", title ?? .string(StatusPageSettings.standardTitle)),
            .init("description", page["description"] ?? .null),
            .init("groups", .array(groups)),
        ])
    }

    /// Checks by the server's own rules, to which each name stands for the id of some site.
    private var fieldProblems: [FieldProblem] {
        var ids: [String: String] = [:]
        func id(_ name: String) -> String {
            let id = ids[name] ?? String(ids.count + 1)
            ids[name] = id
            return id
        }
        let page = document.members == nil ? document : Self.replacingSites(of: document, id)
        return StatusPageDocument.problems(of: page).map { $0.below(Self.pointer) }
    }
}
