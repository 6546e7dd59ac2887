internal import Notifications
internal import Yams

extension JSON {
    /// The value of a YAML node.
    ///
    /// - Throws: ``ImportProblem`` for a key that is not text, or an infinite number.
    init(yaml node: Node) throws {
        let document = YAMLDocument(node)
        if let problem = document.problems.first {
            throw ImportProblem(line: document.line(of: problem.pointer), problem.detail)
        }
        self = document.value
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
