internal import Notifications
internal import Yams

/// A YAML value as JSON, with the line of each value in it.
///
/// Merge keys (`<<`) are followed; a node's own keys win.
struct YAMLDocument: Sendable, Equatable {
    let value: JSON
    /// Keys that are no names, aliases that lead nowhere and numbers that are not finite.
    let problems: [FieldProblem]
    /// Counted from 1, by JSON pointer; a member is where its key is.
    private let lines: [String: Int]

    init(_ node: Node) {
        var reader = YAMLReader()
        value = reader.value(of: node, at: "")
        problems = reader.problems
        lines = reader.lines
    }

    /// The line of a value, or of what it would be in.
    func line(of pointer: String) -> Int? {
        var rest = pointer[...]
        while true {
            if let line = lines[String(rest)] { return line }
            guard let slash = rest.lastIndex(of: "/") else { return nil }
            rest = rest[..<slash]
        }
    }
}

private struct YAMLReader {
    private(set) var problems: [FieldProblem] = []
    private(set) var lines: [String: Int] = [:]

    mutating func value(of node: Node, at pointer: String) -> JSON {
        note(node.mark, at: pointer)
        switch node {
        case .mapping(let mapping): return .object(members(of: mapping, at: pointer))
        case .sequence(let sequence):
            return .array(sequence.enumerated().map { index, node in value(of: node, at: "\(pointer)/\(index)") })
        case .scalar(let scalar): return value(of: scalar, node, at: pointer)
        case .alias:
            report("an alias that leads nowhere", at: pointer)
            return .null
        }
    }

    private mutating func members(of mapping: Node.Mapping, at pointer: String) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for (key, node) in mapping where key.tag != Tag(.merge) {
            guard let name = key.scalar?.string else {
                // No name is like this one, so that the problem has a place of its own.
                note(key.mark, at: "\(pointer)/?")
                report("a key that is not a name", at: "\(pointer)/?")
                continue
            }
            let place = "\(pointer)/\(name.escapedForPointer)"
            note(key.mark, at: place)
            members.append(JSON.Member(name, value(of: node, at: place)))
        }
        for (key, node) in mapping where key.tag == Tag(.merge) {
            for source in node.sequence.map({ Array($0) }) ?? [node] {
                for member in value(of: source, at: pointer).members ?? []
                where !members.contains(where: { $0.name == member.name }) {
                    members.append(member)
                }
            }
        }
        return members
    }

    private mutating func value(of scalar: Node.Scalar, _ node: Node, at pointer: String) -> JSON {
        switch node.tag {
        case Tag(.null): return .null
        case Tag(.bool): return node.bool.map(JSON.bool) ?? .string(scalar.string)
        case Tag(.int): return node.int.map { JSON($0) } ?? .string(scalar.string)
        case Tag(.float):
            guard let number = node.float, number.isFinite else {
                report("a number that is not finite", at: pointer)
                return .null
            }
            return JSON(number)
        default: return .string(scalar.string)
        }
    }

    /// What is noted first stays: a key before its value, an own member before a merged one.
    private mutating func note(_ mark: Mark?, at pointer: String) {
        if lines[pointer] == nil { lines[pointer] = mark?.line }
    }

    private mutating func report(_ detail: String, at pointer: String) {
        problems.append(FieldProblem(pointer: pointer, detail: detail))
    }
}
