internal import Synchronization
internal import TestSupport

/// What can be done to PostgreSQL.
final class StoreFaults: Sendable {
    private let server: PostgresServer
    private let isBusy = Mutex(false)

    init(_ server: PostgresServer) {
        self.server = server
    }

    /// Takes it for a fault, unless another has it.
    func seize() -> Bool {
        isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
    }

    /// Carries a fault out after ``seize()``, and has the server well again.
    func suffer(_ step: FaultPlan.Step, history: FaultHistory) async throws {
        let from = unixTime()
        if step.fault.kind == .stop {
            server.pause()
            defer { server.resume() }
            try await Task.sleep(for: step.hold)
        } else {
            try await server.kill()
            try await Task.sleep(for: step.hold)
            try await server.start()
        }
        history.add(
            FaultHistory.Record(fault: step.fault, member: "postgres", from: from, until: unixTime(), holders: [])
        )
        isBusy.withLock { $0 = false }
    }
}
