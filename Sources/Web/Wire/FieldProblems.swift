package import Notifications

/// Everything that is wrong with a document.
package struct FieldProblems: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [FieldProblem]

    package init(_ problems: [FieldProblem]) {
        self.problems = problems
    }

    package var description: String {
        problems.map { $0.pointer.isEmpty ? $0.detail : "\($0.pointer): \($0.detail)" }.joined(separator: "\n")
    }
}
