/// Delays that double with every failure and are spread at random, so that clients don't come back all at once.
package struct Backoff: Sendable, Hashable {
    package var first: Duration = .milliseconds(50)
    /// The longest delay there is.
    package var limit: Duration = .milliseconds(500)

    package init() {}

    /// The delay after so many failures in a row; none after none.
    ///
    /// - Parameters:
    ///   - failures: How many there were.
    ///   - random: From 0 to 1; it takes up to half of the delay off.
    /// - Returns: How long to wait before the next attempt.
    package func delay(after failures: Int, random: Double) -> Duration {
        guard failures > 0 else { return .zero }
        let doubled = first * (1 << min(failures - 1, 16))
        return min(doubled, limit) * (1 - random / 2)
    }
}
