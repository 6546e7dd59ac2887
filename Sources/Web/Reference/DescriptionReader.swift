internal import Notifications
internal import Yams

/// Reads the parts of a description, and follows its references.
struct DescriptionReader {
    private static let schemas = "#/components/schemas/"

    let root: Node

    func operation(_ node: Node, method: String, path: String) throws -> APIDescription.Operation {
        guard let id = node["operationId"]?.string, let summary = node["summary"]?.string else {
            throw APIDescription.broken("\(method) \(path) lacks an operationId or a summary")
        }
        return APIDescription.Operation(
            id: id,
            method: method.uppercased(),
            path: path,
            summary: summary,
            description: node["description"]?.string,
            scope: node["x-scope"]?.string,
            parameters: try (node["parameters"]?.sequence ?? []).map(parameter),
            bodies: try (node["requestBody"]?["content"]?.mapping ?? [:]).map { try body($0, $1) },
            answers: try (node["responses"]?.mapping ?? [:]).map { try answer($0, $1) }
        )
    }

    private func parameter(_ node: Node) throws -> APIDescription.Parameter {
        let node = try resolved(node)
        let schema = node["schema"] ?? Node.mapping([:])
        return APIDescription.Parameter(
            name: node["name"]?.string ?? "",
            place: node["in"]?.string ?? "",
            field: SchemaField(
                name: node["name"]?.string ?? "",
                type: try schemaType(of: schema),
                isRequired: node["required"]?.bool ?? false,
                description: node["description"]?.string,
                rules: rules(of: schema)
            )
        )
    }

    private func body(_ mediaType: Node, _ node: Node) throws -> APIDescription.Body {
        let schema = node["schema"] ?? Node.mapping([:])
        return APIDescription.Body(
            mediaType: mediaType.string ?? "",
            type: try schemaType(of: schema),
            fields: try fields(of: try object(in: schema)),
            example: try node["example"].map(Self.json)
        )
    }

    /// The object that a body is, is one of, or is a list of.
    private func object(in schema: Node) throws -> Node {
        let schema = try resolved(schema)
        if let first = schema["oneOf"]?.sequence?.first { return try object(in: first) }
        if let items = schema["items"] { return try object(in: items) }
        return schema
    }

    private func answer(_ status: Node, _ node: Node) throws -> APIDescription.Answer {
        let node = try resolved(node)
        let schema = node["content"]?.mapping?.first?.value["schema"]
        return APIDescription.Answer(
            status: status.string ?? "",
            description: node["description"]?.string ?? "",
            type: try schema.map(schemaType)
        )
    }

    // MARK: Schemas

    /// The fields of an object, and those of the objects in it; schemas with a name of their own are not gone into.
    func fields(of schema: Node, after prefix: String = "") throws -> [SchemaField] {
        let required = Set((schema["required"]?.sequence ?? []).compactMap(\.string))
        return try (schema["properties"]?.mapping ?? [:]).flatMap { key, node in
            let name = prefix + (key.string ?? "")
            let field = SchemaField(
                name: name,
                type: try schemaType(of: node),
                isRequired: required.contains(key.string ?? ""),
                description: node["description"]?.string,
                rules: rules(of: node)
            )
            let inner = node["items"].map { ($0, "\(name)[].") } ?? (node, "\(name).")
            return [field] + (try fields(of: inner.0, after: inner.1))
        }
    }

    func schemaType(of schema: Node) throws -> SchemaType {
        if let reference = schema["$ref"]?.string {
            _ = try resolved(schema)
            return .schema(String(reference.dropFirst(Self.schemas.count)))
        }
        if let choices = schema["oneOf"]?.sequence ?? schema["anyOf"]?.sequence {
            return try joined(choices.map(schemaType))
        }
        let names = schema["type"]?.sequence?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        if names.isEmpty { return .words("anything") }
        return try joined(
            names.map { name in
                guard name == "array", let items = schema["items"] else {
                    return .words(schema["format"]?.string == "date-time" && name == "string" ? "time" : name)
                }
                return .words("list of ") + (try schemaType(of: items))
            }
        )
    }

    private func joined(_ types: [SchemaType]) -> SchemaType {
        var whole = SchemaType(parts: [])
        for (index, type) in types.enumerated() { whole = index == 0 ? type : whole + .words(" or ") + type }
        return whole
    }

    /// What a schema says beside its type.
    private func rules(of schema: Node) -> [String] {
        var rules: [String] = []
        if let choices = schema["enum"]?.sequence {
            rules.append("one of " + choices.map { "`\($0.string ?? "")`" }.joined(separator: ", "))
        }
        if let value = schema["default"], let text = try? Self.json(value) { rules.append("default `\(text)`") }
        for (least, most, unit) in [
            ("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " entries"),
        ] {
            switch (schema[least]?.string, schema[most]?.string) {
            case (let least?, let most?): rules.append("\(least) to \(most)\(unit)")
            case (let least?, nil): rules.append("\(least)\(unit) or more")
            case (nil, let most?): rules.append("up to \(most)\(unit)")
            case (nil, nil): break
            }
        }
        if let pattern = schema["pattern"]?.string { rules.append("as `\(pattern)`") }
        return rules
    }

    // MARK: -

    /// What a reference leads to; anything else as it stands.
    private func resolved(_ node: Node) throws -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        var place: Node? = root
        for part in reference.split(separator: "/").dropFirst() { place = place?[String(part)] }
        guard reference.hasPrefix("#/"), let place else {
            throw APIDescription.broken("\(reference) leads nowhere")
        }
        return place
    }

    /// A value as JSON on one line.
    static func json(_ node: Node) throws -> String {
        switch node {
        case .mapping(let mapping):
            let members = try mapping.map { "\(quoted($0.string ?? "")): \(try json($1))" }
            return "{\(members.joined(separator: ", "))}"
        case .sequence(let sequence): return "[\(try sequence.map(json).joined(separator: ", "))]"
        case .scalar(let scalar):
            let isPlain = [Tag.Name.null, .bool, .int, .float].contains { node.tag == Tag($0) }
            return isPlain ? scalar.string : quoted(scalar.string)
        case .alias: throw APIDescription.broken("an alias can't be shown")
        }
    }

    private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
