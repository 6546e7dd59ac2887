/// Carries the plan out.
struct FaultInjector: Sendable {
    /// How many faults may be under way at once.
    private static let most = 6

    let fleet: Fleet
    let broker: BrokerFaults?
    let store: StoreFaults?
    let history: FaultHistory

    /// Goes on until it is over; returns when all that was hit runs again.
    ///
    /// - Throws: Why something did not run again.
    func run(_ plan: some Sequence<FaultPlan.Step>, until isTimeOver: @escaping @Sendable () -> Bool) async throws {
        // What does not run again can't be hit by another fault, and all would wait for it for ever.
        let failure = Turn()
        let isOver = { @Sendable in failure.hasCome || isTimeOver() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for step in plan {
                try await Task.sleep(for: step.pause)
                if isOver() { break }
                if running == Self.most {
                    try await group.next()
                    running -= 1
                }
                guard let carryOut = try await seize(step, isOver) else { break }
                group.addTask {
                    do {
                        try await carryOut()
                    } catch {
                        failure.come()
                        throw error
                    }
                }
                running += 1
            }
            try await group.waitForAll()
        }
    }

    /// Takes one of those that a fault can hit, as soon as one is well; nil when it is over.
    private func seize(
        _ step: FaultPlan.Step,
        _ isOver: () -> Bool
    ) async throws -> (@Sendable () async throws -> Void)? {
        let history = history
        while !isOver() {
            if step.fault.target == .redis {
                guard let broker else { return {} }
                if broker.seize() { return { try await broker.suffer(step, history: history) } }
            } else if step.fault.target == .postgres {
                guard let store else { return {} }
                if store.seize() { return { try await store.suffer(step, history: history) } }
            } else {
                let candidates = fleet.members.filter { $0.target == step.fault.target }
                let first = Int(step.choice % UInt64(max(candidates.count, 1)))
                for member in candidates[first...] + candidates[..<first] where member.seize() {
                    return { try await member.suffer(step, history: history) }
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
