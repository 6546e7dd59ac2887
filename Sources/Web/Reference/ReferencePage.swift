/// The reference as its template reads it.
struct ReferencePage {
    private let description: APIDescription

    init(_ description: APIDescription) {
        self.description = description
    }

    var view: View {
        [
            "introduction": Self.segments(description.introduction),
            "groups": description.groups.map(Self.view),
            "schemas": description.schemas.map { schema in
                [
                    "name": schema.name, "type": Self.view(schema.type), "note": Self.segments(schema.description),
                    "fields": schema.fields.map(Self.view), "hasFields": !schema.fields.isEmpty,
                ] as View
            },
        ]
    }

    private static func view(_ group: APIDescription.Group) -> View {
        [
            "name": group.name.prefix(1).uppercased() + group.name.dropFirst(),
            "anchor": group.name.replacing(" ", with: "-"), "operations": group.operations.map(view),
        ]
    }

    private static func view(_ operation: APIDescription.Operation) -> View {
        [
            "id": operation.id, "method": operation.method, "path": operation.path, "summary": operation.summary,
            "description": segments(operation.description), "scope": operation.scope,
            "parameters": operation.parameters.map { view($0.field).adding(["place": $0.place]) },
            "hasParameters": !operation.parameters.isEmpty,
            "bodies": operation.bodies.map { body in
                [
                    "mediaType": body.mediaType, "type": view(body.type), "fields": body.fields.map(view),
                    "hasFields": !body.fields.isEmpty,
                ] as View
            },
            "hasBodies": !operation.bodies.isEmpty,
            "answers": operation.answers.map { answer in
                [
                    "status": answer.status, "description": segments(answer.description),
                    "type": answer.type.map(view),
                ] as View
            },
            "curl": curl(operation),
        ]
    }

    private static func view(_ field: SchemaField) -> View {
        [
            "name": field.name, "type": view(field.type), "isRequired": field.isRequired,
            "note": segments(field.description), "rules": field.rules.map { ["rule": segments($0)] as View },
        ]
    }

    private static func view(_ type: SchemaType) -> [View] {
        type.parts.map { ["text": $0.text, "isSchema": $0.isSchema] }
    }

    /// A text whose parts between backticks are code.
    static func segments(_ text: String?) -> [View] {
        guard let text else { return [] }
        return text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { index, part in ["text": String(part), "isCode": index % 2 == 1] }
    }

    /// A command that calls an operation.
    static func curl(_ operation: APIDescription.Operation) -> String {
        var lines = ["curl"]
        if operation.method != "GET" { lines[0] += " -X \(operation.method)" }
        lines[0] += " \"$TOCSIN_URL\(operation.path.replacing("{id}", with: "1"))\""
        if operation.scope != nil { lines.append("-H \"Authorization: Bearer $TOCSIN_TOKEN\"") }
        if let body = operation.bodies.first(where: { $0.example != nil }), let example = body.example {
            lines.append("-H \"Content-Type: \(body.mediaType)\"")
            lines.append("-d '\(example.replacing("'", with: "'\\''"))'")
        }
        return lines.joined(separator: " \\\n     ")
    }
}
