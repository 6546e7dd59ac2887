internal import Yams

/// What `openapi.yaml` says, as the reference shows it: operations by group, and the schemas that they speak of.
struct APIDescription: Sendable, Equatable {
    /// The operations of one tag, in the order of the file.
    struct Group: Sendable, Equatable {
        let name: String
        var operations: [Operation]
    }

    struct Operation: Sendable, Equatable {
        let id: String
        let method: String
        let path: String
        let summary: String
        let description: String?
        /// The scope that a token needs; nil where none is asked for.
        let scope: String?
        let parameters: [Parameter]
        let bodies: [Body]
        let answers: [Answer]
    }

    struct Parameter: Sendable, Equatable {
        let name: String
        /// Where it stands: `path`, `query` or `header`.
        let place: String
        let field: SchemaField
    }

    struct Body: Sendable, Equatable {
        let mediaType: String
        let type: SchemaType
        /// The fields of the object that it is, or that it is a list of; empty where a schema's own section has them.
        let fields: [SchemaField]
        /// As JSON.
        let example: String?
    }

    struct Answer: Sendable, Equatable {
        let status: String
        let description: String
        let type: SchemaType?
    }

    /// A schema with a name of its own.
    struct Schema: Sendable, Equatable {
        let name: String
        let type: SchemaType
        let description: String?
        let fields: [SchemaField]
    }

    let introduction: String
    let groups: [Group]
    let schemas: [Schema]

    /// Reads a description.
    ///
    /// - Throws: ``WebServerError`` where it is none, or names what it does not hold.
    init(yaml: String) throws {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw Self.broken("it is empty") }
            root = node
        } catch let error as YamlError {
            throw Self.broken("\(error)")
        }
        let reader = DescriptionReader(root: root)
        introduction = root["info"]?["description"]?.string ?? ""
        let tags = (root["tags"]?.sequence ?? []).compactMap { $0["name"]?.string }
        var groups = tags.map { Group(name: $0, operations: []) }
        for (path, operations) in root["paths"]?.mapping ?? [:] {
            for (method, node) in operations.mapping ?? [:] {
                let operation = try reader.operation(node, method: method.string ?? "", path: path.string ?? "")
                let tag = node["tags"]?.sequence?.first?.string ?? ""
                guard let index = tags.firstIndex(of: tag) else {
                    throw Self.broken("\(operation.id) has a tag that is not listed: \(tag)")
                }
                groups[index].operations.append(operation)
            }
        }
        self.groups = groups
        schemas = try (root["components"]?["schemas"]?.mapping ?? [:]).map { name, node in
            Schema(
                name: name.string ?? "",
                type: try reader.schemaType(of: node),
                description: node["description"]?.string,
                fields: try reader.fields(of: node)
            )
        }
    }

    static func broken(_ reason: String) -> WebServerError {
        WebServerError(.brokenAsset, "openapi.yaml is broken: \(reason).")
    }
}

/// One field of an object, by its way from the object: `expect.status`.
struct SchemaField: Sendable, Equatable {
    let name: String
    let type: SchemaType
    let isRequired: Bool
    let description: String?
    /// What else holds: defaults, bounds and the like, as sentences without a full stop.
    let rules: [String]
}

/// What a value may be, as words, of which the names of schemas lead to them.
struct SchemaType: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        let text: String
        let isSchema: Bool
    }

    var parts: [Part]

    static func words(_ text: String) -> Self { Self(parts: [Part(text: text, isSchema: false)]) }

    static func schema(_ name: String) -> Self { Self(parts: [Part(text: name, isSchema: true)]) }

    static func + (first: Self, second: Self) -> Self { Self(parts: first.parts + second.parts) }
}
