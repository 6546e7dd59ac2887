internal import Notifications

/// A file as it was read, which knows where in it something is wrong.
struct ManifestSource: Sendable, Equatable {
    private let file: String
    private let document: YAMLDocument
    private let variables: ManifestVariables

    /// Keeps what messages need of a file.
    ///
    /// - Parameters:
    ///   - file: What the file is called in messages.
    ///   - document: What is in it.
    ///   - variables: What was put into it.
    init(file: String, document: YAMLDocument, variables: ManifestVariables) {
        self.file = file
        self.document = document
        self.variables = variables
    }

    /// The problems in the order of their lines; a text whose variable is not set has no other.
    func error(_ problems: [FieldProblem], ending: String? = nil) -> ManifestError {
        let others = problems.filter { variables.missing[$0.pointer] == nil }
        let placed = (others + variables.missing.values).map { problem in
            ManifestError.Problem(
                line: document.line(of: problem.pointer),
                field: field(problem.pointer),
                detail: detail(of: problem)
            )
        }
        return ManifestError(file: file, problems: placed.sorted(), ending: ending)
    }

    /// Whether anything is wrong already: a problem, or a variable that is not set.
    func hasProblems(beside problems: [FieldProblem]) -> Bool {
        !problems.isEmpty || !variables.missing.isEmpty
    }

    private func detail(of problem: FieldProblem) -> String {
        let detail = variables.hiding(problem.pointer, in: problem.detail)
        switch value(at: problem.pointer) {
        case .bool?, .number?:
            guard detail.hasPrefix("Should be a string") else { return detail }
            return "\(detail.hasSuffix(".") ? String(detail.dropLast()) : detail); write it in quotes."
        default: return detail
        }
    }

    /// A pointer as people write it: `sites[3].expect.status[0]`.
    private func field(_ pointer: String) -> String {
        var value: JSON? = document.value
        var path = ""
        for token in Self.tokens(of: pointer) {
            if let elements = value?.array, let index = Int(token) {
                path += "[\(index)]"
                value = elements.indices.contains(index) ? elements[index] : nil
            } else {
                path += path.isEmpty ? token : ".\(token)"
                value = value?[token]
            }
        }
        return path
    }

    private func value(at pointer: String) -> JSON? {
        Self.tokens(of: pointer).reduce(document.value as JSON?) { value, token in
            guard let elements = value?.array else { return value?[token] }
            return Int(token).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        }
    }

    private static func tokens(of pointer: String) -> [String] {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { token in
            String(token).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }
}
