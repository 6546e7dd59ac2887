internal import Monitoring

/// An operation took longer than it may.
struct DeadlineExceeded: Error {}

/// Runs an operation, and cancels it when its time is up.
///
/// - Throws: ``DeadlineExceeded``, or what the operation throws.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    on time: any TimeSource,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await time.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw DeadlineExceeded() }
        return value
    }
}
