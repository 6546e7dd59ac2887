internal import ServiceLifecycle

/// Services that start together and, when told to end, end together, so that the grace time is theirs at once.
struct Together: Service {
    let services: [any Service]

    init(_ services: [any Service]) {
        self.services = services
    }

    /// Runs until all have ended.
    ///
    /// - Throws: What the first that fails throws; the others are cancelled.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            do {
                while try await group.next() != nil {}
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }
}

/// Says that the end has begun.
struct EndAnnouncer: Service {
    let announcer: Announcer
    let grace: Duration

    func run() async throws {
        do { try await gracefulShutdown() } catch { return }
        announcer.draining(within: grace)
    }
}
