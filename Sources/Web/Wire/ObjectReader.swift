internal import Monitoring
internal import Notifications

/// Reads the members of a JSON object, and gathers everything that is wrong with them rather than stop at the first.
struct ObjectReader {
    private let pointer: String
    private let members: [String: JSON]
    private let names: [String]
    private var known: [String] = []
    private var passedOver: [String] = []
    private(set) var problems: [FieldProblem] = []

    /// - Parameters:
    ///   - json: What should be an object; anything else is a problem, and reads as an object without members.
    ///   - pointer: Where it is in the document.
    init(_ json: JSON, at pointer: String = "") {
        self.pointer = pointer
        guard let members = json.members else {
            self.members = [:]
            names = []
            problems = [FieldProblem(pointer: pointer, detail: "Should be an object, not \(json.kind).")]
            return
        }
        self.members = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        names = members.map(\.name)
    }

    /// The member's value; nil where it is missing or null.
    mutating func value(_ name: String) -> JSON? {
        known.append(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    /// The member's value, where it may be there but is no field to be named in messages.
    mutating func passOver(_ name: String) -> JSON? {
        passedOver.append(name)
        return members[name]
    }

    /// Whether the member is there, were it null.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// Whether the member is there and not null.
    func isSet(_ name: String) -> Bool { members[name].map { $0 != .null } ?? false }

    /// The member as text.
    mutating func string(_ name: String, _ check: (String) -> String? = { _ in nil }) -> String? {
        typed(name, "a string", \.string, check)
    }

    /// The member as a truth value.
    mutating func bool(_ name: String) -> Bool? {
        typed(name, "true or false", \.bool)
    }

    /// The member as a whole number within bounds.
    mutating func int(_ name: String, in bounds: ClosedRange<Int>) -> Int? {
        let hint = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        return typed(name, hint, \.int) { bounds.contains($0) ? nil : "Should be \(hint)." }
    }

    /// The member as a duration within bounds.
    mutating func duration(_ name: String, in bounds: ClosedRange<Duration>) -> Duration? {
        let hint =
            "a duration from \(bounds.lowerBound.text) to \(bounds.upperBound.text), written like \"90s\" or \"5m\""
        return typed(name, hint, { $0.string.flatMap { Duration(text: $0) } }) {
            bounds.contains($0) ? nil : "Should be \(hint)."
        }
    }

    /// The member as a list of texts without repetition.
    mutating func strings(_ name: String, atMost limit: Int, _ check: (String) -> String?) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.array else {
            report(name, "Should be an array of strings, not \(value.kind).")
            return nil
        }
        guard elements.count <= limit else {
            report(name, "Should have at most \(limit) elements, not \(elements.count).")
            return nil
        }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.string else {
                report("\(name)/\(index)", "Should be a string, not \(element.kind).")
                continue
            }
            if let detail = check(text) { report("\(name)/\(index)", detail) }
            if texts.contains(text) { report("\(name)/\(index)", "Is there twice.") }
            texts.append(text)
        }
        return texts
    }

    /// Reads an object within this one.
    mutating func object(_ name: String, _ read: (inout ObjectReader) -> Void) {
        guard let value = value(name) else { return }
        var inner = ObjectReader(value, at: "\(pointer)/\(name)")
        read(&inner)
        problems += inner.finish()
    }

    /// Reads the objects of a list within this one.
    mutating func objects(_ name: String, atMost limit: Int, _ read: (inout ObjectReader) -> Void) {
        guard let value = value(name) else { return }
        guard let elements = value.array else {
            return report(name, "Should be an array of objects, not \(value.kind).")
        }
        guard elements.count <= limit else {
            return report(name, "Should have at most \(limit) elements, not \(elements.count).")
        }
        for (index, element) in elements.enumerated() {
            var inner = ObjectReader(element, at: "\(pointer)/\(name)/\(index)")
            read(&inner)
            problems += inner.finish()
        }
    }

    /// Reports a problem with a member; `path` is its name, or a path below this object.
    mutating func report(_ path: String, _ detail: String) {
        problems.append(FieldProblem(pointer: path.isEmpty ? pointer : "\(pointer)/\(path)", detail: detail))
    }

    /// All problems, with one for every member that nothing has asked for.
    func finish() -> [FieldProblem] {
        let strangers = names.filter { !known.contains($0) && !passedOver.contains($0) }
        return problems
            + strangers.map { name in
                let hint = NearestName.of(name, among: known).map { "; did you mean `\($0)`?" } ?? "."
                return FieldProblem(
                    pointer: "\(pointer)/\(name.escapedForPointer)",
                    detail: "Is not a field here\(hint) The fields are: \(known.joined(separator: ", "))."
                )
            }
    }

    private mutating func typed<Value>(
        _ name: String,
        _ hint: String,
        _ read: (JSON) -> Value?,
        _ check: (Value) -> String? = { _ in nil }
    ) -> Value? {
        guard let json = value(name) else { return nil }
        guard let value = read(json) else {
            report(name, "Should be \(hint), not \(Self.shown(json)).")
            return nil
        }
        if let detail = check(value) {
            report(name, detail)
            return nil
        }
        return value
    }

    /// A value as a message names it: short ones themselves, others by their kind.
    private static func shown(_ json: JSON) -> String {
        switch json {
        case .number, .bool: json.text.count <= 40 ? json.text : json.kind
        case .string(let text): text.count <= 40 ? json.text : json.kind
        default: json.kind
        }
    }
}
