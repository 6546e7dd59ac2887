/// What is wrong with the settings, all of it.
struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One wrong setting.
    struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// One sentence: which setting, where it comes from, what it says (never a secret) and what would be right.
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    let problems: [Problem]

    init(_ problems: [Problem]) {
        self.problems = problems
    }

    init(_ sentence: String) {
        self.init([Problem(sentence)])
    }

    /// The problems, one a line.
    var description: String { problems.map(\.description).joined(separator: "\n") }
}
