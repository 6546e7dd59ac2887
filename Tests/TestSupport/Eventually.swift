/// A condition did not come true before its deadline.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String
}

/// Waits until a condition over real processes or sockets holds.
///
/// - Throws: ``NeverHappened`` at the deadline, with `what` in the text.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while clock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NeverHappened(description: "did not happen within \(limit): \(what)")
}
