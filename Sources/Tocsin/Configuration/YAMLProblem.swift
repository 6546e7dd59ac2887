internal import Yams

/// What a YAML parser complains of, in one line.
struct YAMLProblem: CustomStringConvertible {
    /// The line, counted from 1, where it is known.
    let line: Int?
    let reason: String

    init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            line = mark.line
            reason = problem
        case .reader(let problem, _, _, _)?:
            line = nil
            reason = problem
        case .duplicatedKeysInMapping(let duplicates, let context)?:
            line = context.mark.line
            reason = "the key \(duplicates.joined(separator: ", ")) is there twice"
        default:
            line = nil
            reason = "\(error)"
        }
    }

    var description: String { line.map { "line \($0): \(reason)" } ?? reason }
}
