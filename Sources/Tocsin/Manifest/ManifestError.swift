/// All that is wrong with a file for `tocsin apply`.
struct ManifestError: FinalSentence, Sendable, Equatable {
    struct Problem: Sendable, Equatable, Comparable {
        /// Counted from 1; nil for the whole file.
        let line: Int?
        /// Such as `sites[3].interval`; empty for the whole file.
        let field: String
        let detail: String

        static func < (left: Problem, right: Problem) -> Bool {
            (left.line ?? 0, left.field, left.detail) < (right.line ?? 0, right.field, right.detail)
        }
    }

    /// Most problems that are told at once.
    static let mostTold = 100

    let file: String
    let problems: [Problem]
    /// What the user is to know at the end.
    let ending: String

    init(file: String, problems: [Problem], ending: String? = nil) {
        self.file = file
        self.problems = problems
        self.ending = ending ?? "Nothing was changed; mend the file and apply it again."
    }

    /// One problem with the whole file.
    init(file: String, line: Int?, _ detail: String) {
        self.init(file: file, problems: [Problem(line: line, field: "", detail: detail)])
    }

    var sentences: [String] {
        let lines = problems.prefix(Self.mostTold).map { problem in
            let place = problem.line.map { "\(file):\($0)" } ?? file
            let field = problem.field.isEmpty ? "" : " \(Printable.text(problem.field, atMost: 200)):"
            let stop = problem.detail.last.map(".?…".contains) == true ? "" : "."
            return "\(place):\(field) \(Printable.text(problem.detail, atMost: 600))\(stop)"
        }
        let rest = problems.count - lines.count
        return lines + (rest > 0 ? ["\(file) has \(rest) more like these."] : []) + [ending]
    }
}
