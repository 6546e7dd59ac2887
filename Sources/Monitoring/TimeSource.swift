/// The one way to read or wait for time, so that a test can hold it still.
package protocol TimeSource: Sendable {
    /// The present moment of the wall clock.
    func now() -> Timestamp

    /// Waits for a span of time, or until the task is cancelled.
    ///
    /// - Throws: `CancellationError` when cancelled.
    func sleep(for duration: Duration) async throws
}
