extension ConnectionPool {
    /// Sends commands in one write and waits for all of their replies.
    ///
    /// If the task is cancelled it does not wait any longer; the replies are then dropped where they arrive.
    func execute(
        _ commands: EncodedCommands,
        timeout: Duration,
        on connectionID: Int? = nil
    ) async throws(RedisError) -> [RESPValue] {
        guard commands.count > 0 else { return [] }
        let request = RedisRequest(commands, timeout: timeout, connectionID: connectionID)
        return try await wait(for: request) { request.cancel() }
    }

    /// Submits a request and waits until it is finished.
    func wait(
        for request: RedisRequest,
        onCancel: @escaping @Sendable () -> Void
    ) async throws(RedisError) -> [RESPValue] {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if request.start({ continuation.resume(returning: $0) }) { submit(request) }
            }
        } onCancel: {
            onCancel()
        }
        return try outcome.get()
    }
}
