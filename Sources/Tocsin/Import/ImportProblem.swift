/// What is wrong with one place of a list of sites.
struct ImportProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, counted from 1; nil for the whole file.
    let line: Int?
    let detail: String

    init(line: Int?, _ detail: String) {
        self.line = line
        self.detail = detail
    }

    var description: String { line.map { "line \($0): \(detail)" } ?? detail }
}

/// Why a list of sites was not imported: all of its problems, or the first of very many.
struct ImportError: FinalSentence, Sendable, Equatable {
    let file: String
    let problems: [ImportProblem]
    /// Whether there are more.
    let isCut: Bool
    /// What the user is to know at the end.
    var ending = "Nothing was imported; mend the file and import it again."

    var sentences: [String] {
        let rest = isCut ? ["\(file) has more like these."] : []
        let lines = problems.map { problem in
            let detail = problem.detail.hasSuffix(".") ? String(problem.detail.dropLast()) : problem.detail
            let place = problem.line.map { "\(file) line \($0):" } ?? file
            return "\(place) \(Printable.text(detail, atMost: 500))."
        }
        return lines + rest + [ending]
    }
}
