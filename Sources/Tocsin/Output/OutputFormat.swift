internal import ArgumentParser

/// How records are printed.
enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    case table
    case json

    /// The format asked for; otherwise a table for people at a terminal, and JSON for programs.
    static func chosen(_ asked: OutputFormat?, at terminal: Terminal) -> OutputFormat {
        asked ?? (terminal.isInteractive ? .table : .json)
    }
}
