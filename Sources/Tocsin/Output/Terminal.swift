internal import Foundation

/// Where a command writes, and what can be shown there.
struct Terminal: Sendable {
    /// The colours in use; plain text where there are none.
    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
        case bold = "1"
    }

    /// Whether standard output is a terminal.
    let isInteractive: Bool
    /// Whether standard error is one.
    let hasInteractiveErrors: Bool
    let hasColour: Bool

    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void

    /// The process's own output.
    static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
        Terminal(
            isInteractive: isatty(STDOUT_FILENO) == 1,
            hasInteractiveErrors: isatty(STDERR_FILENO) == 1,
            environment: environment,
            output: { StandardStream.output.write($0) },
            errors: { StandardStream.errors.write($0) }
        )
    }

    init(
        isInteractive: Bool,
        hasInteractiveErrors: Bool,
        environment: [String: String],
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void
    ) {
        self.isInteractive = isInteractive
        self.hasInteractiveErrors = hasInteractiveErrors
        // https://no-color.org: any value that is not empty.
        hasColour = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        self.output = output
        self.errors = errors
    }

    /// Writes a line to standard output.
    func print(_ line: String) { output(line + "\n") }

    /// Writes text as it is to standard output.
    func write(_ text: String) { output(text) }

    /// Writes a line to standard error.
    func printError(_ line: String) { errors(line + "\n") }

    /// Writes text as it is to standard error.
    func writeError(_ text: String) { errors(text) }

    /// The text in a colour, where there are colours.
    func paint(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
