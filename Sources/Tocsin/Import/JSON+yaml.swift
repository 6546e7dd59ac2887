internal import Notifications
internal import Yams

extension JSON {
    /// The value of a YAML node.
    ///
    /// Merge keys (`<<`) are followed; a node's own keys win.
    ///
    /// - Throws: ``ImportProblem`` for a key that is not text, or an infinite number.
    init(yaml node: Node) throws {
        switch node {
        case .mapping(let mapping): self = .object(try Self.members(mapping))
        case .sequence(let sequence): self = .array(try sequence.map { try JSON(yaml: $0) })
        case .scalar(let scalar): self = try Self.value(scalar, node)
        case .alias: throw ImportProblem(line: node.mark?.line, "an alias that leads nowhere")
        }
    }

    private static func members(_ mapping: Node.Mapping) throws -> [Member] {
        var members: [Member] = []
        var merged: [Member] = []
        for (key, value) in mapping {
            if key.tag == Tag(.merge) {
                let sources = value.sequence.map { Array($0) } ?? [value]
                for source in sources { merged += try JSON(yaml: source).members ?? [] }
                continue
            }
            guard let name = key.scalar?.string else {
                throw ImportProblem(line: key.mark?.line, "a key that is not a name")
            }
            members.append(Member(name, try JSON(yaml: value)))
        }
        for member in merged where !members.contains(where: { $0.name == member.name }) { members.append(member) }
        return members
    }

    private static func value(_ scalar: Node.Scalar, _ node: Node) throws -> JSON {
        switch node.tag {
        case Tag(.null): return .null
        case Tag(.bool): return node.bool.map(JSON.bool) ?? .string(scalar.string)
        case Tag(.int): return node.int.map { JSON($0) } ?? .string(scalar.string)
        case Tag(.float):
            guard let number = node.float, number.isFinite else {
                throw ImportProblem(line: node.mark?.line, "a number that is not finite")
            }
            return JSON(number)
        default: return .string(scalar.string)
        }
    }

    /// The value as a YAML node.
    ///
    /// Texts that would read as something else are quoted.
    var yaml: Node {
        switch self {
        case .null: return Node("null", Tag(.null))
        case .bool(let value): return Node(value ? "true" : "false", Tag(.bool))
        case .number(let digits):
            return Node(digits, Tag(digits.contains(where: { ".eE".contains($0) }) ? .float : .int))
        case .string(let text):
            let isPlain = Node(text).tag == Tag(.str) && !text.isEmpty
            return Node(text, Tag(.str), isPlain ? .any : .doubleQuoted)
        case .array(let elements):
            let isShort = elements.allSatisfy { $0.members == nil && $0.array == nil }
            return Node(elements.map(\.yaml), Tag(.seq), isShort ? .flow : .block)
        case .object(let members):
            return Node(
                members.map { (JSON.string($0.name).yaml, $0.value.yaml) },
                Tag(.map),
                members.isEmpty ? .flow : .block
            )
        }
    }
}
