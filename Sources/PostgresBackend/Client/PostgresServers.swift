internal import Synchronization

/// The servers of a database, of which the one that answered last is tried first.
///
/// They are tried one after the other, and each has the whole time for itself: libpq, when it does not block, has one
/// time for all, which a server that swallows packets uses up.
final class PostgresServers: Sendable {
    private let configuration: PostgresConfiguration
    /// The place, among the servers, of the one that answered last.
    private let lastGood = Mutex(0)

    init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
    }

    /// Connects to the first server that lets us in and is of the kind that is wanted; on a thread that may wait.
    ///
    /// - Throws: ``PostgresError``, with what each of them said, or `CancellationError`.
    func connect(_ interruption: Interruption) throws -> PostgresHandle {
        var reasons: [String] = []
        for place in order {
            do {
                let handle = try PostgresHandle(
                    configuration.servers[place],
                    within: configuration.connectLimit,
                    interruption
                )
                lastGood.withLock { $0 = place }
                return handle
            } catch let error as PostgresError {
                reasons.append(error.message)
            }
        }
        throw PostgresError(
            .notConnected,
            "The database (\(configuration.place)) can't be reached: \(reasons.joined(separator: "; ")); check that it "
                + "runs, and what the setting database says."
        )
    }

    private var order: [Int] {
        let places = configuration.servers.indices
        if configuration.balancesLoad { return places.shuffled() }
        let first = lastGood.withLock { $0 }
        return [first] + places.filter { $0 != first }
    }
}
