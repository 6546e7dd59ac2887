/// One line on standard error that tells how far long work is; silent unless somebody watches.
struct ProgressLine {
    private let terminal: Terminal
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?
    private var isShown = false

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// Shows a text in place of the one before, at most ten times a second.
    mutating func show(_ text: @autoclosure () -> String) {
        guard terminal.hasInteractiveErrors else { return }
        if let last, clock.now - last < .milliseconds(100) { return }
        last = clock.now
        isShown = true
        terminal.writeError("\r\u{1B}[K\(text())")
    }

    /// Takes the line away.
    mutating func clear() {
        guard isShown else { return }
        isShown = false
        terminal.writeError("\r\u{1B}[K")
    }
}
