package import Logging
internal import Monitoring
package import Redis
internal import Synchronization

/// The job stream of a region in Redis: a stream with the group `monitors`, and its companions.
///
/// Pushes follow one another; so do the claims of a process.
package final class RedisJobStream: JobStream {
    struct State {
        /// What the server said when the epoch was last put under WATCH, if that still holds.
        var watch: EpochWatch?
        /// The ids that each worker was given and has not ended or given back.
        var held: [String: Set<HeldJob.ID>] = [:]
        /// Workers that may own jobs whose delivery got lost on its way to them.
        var unsure: Set<String> = []
        /// How often in a row the group was missing.
        var missingGroup = 0
        /// Entries that were no jobs, since this process began.
        var malformed = 0
    }

    package let region: String
    let keys: JobStreamKeys
    let maxLength: Int
    let client: RedisClient
    let pushing: RedisSession
    let claiming: RedisSession
    let logger: Logger
    let state = Mutex(State())

    /// Makes the stream; it touches the server when it is first used.
    ///
    /// - Parameters:
    ///   - client: The server; it must outlive the stream.
    ///   - key: The key of the region `default`; others append their name.
    ///   - region: Whose jobs these are.
    ///   - maxLength: What the stream is cut to, give or take a node.
    ///   - logger: Told of entries that are no jobs.
    package init(client: RedisClient, key: String, region: String, maxLength: Int, logger: Logger) {
        self.client = client
        self.region = region
        self.maxLength = max(1, maxLength)
        self.logger = logger
        keys = JobStreamKeys(key: key, region: region)
        pushing = RedisSession(client: client, name: "push")
        claiming = RedisSession(client: client, name: "claim")
    }

    /// Brings the functions into the server while it has room for them: a full one refuses new functions, and yet has to
    /// be drained.
    package func prepare() async throws {
        try await client.replaceVersions(with: JobStreamFunctions.library)
    }

    /// Closes the connections of its own; a claim that waits ends.
    package func close() async {
        await pushing.close()
        await claiming.close()
    }

    /// Entries that were no jobs and were skipped, since this process began.
    package var malformedEntries: Int { state.withLock(\.malformed) }

    /// Calls a function that does no harm when it is repeated, so that a lost reply is no more than a failure.
    func call(_ function: String, keys: [String], _ arguments: [RedisArgument] = []) async throws -> RESPValue {
        do {
            return try await client.call(
                function,
                in: JobStreamFunctions.library,
                keys: keys,
                arguments: arguments
            )
        } catch {
            throw translate(error)
        }
    }

    // MARK: Hygiene

    package func leave(_ worker: String) async throws {
        _ = try await call("leave", keys: [keys.stream], [.string(worker)])
        state.withLock { state in
            state.held[worker] = nil
            state.unsure.remove(worker)
        }
    }

    package func tidy() async throws {
        var cursor = ""
        var removed = 0
        // A bound on one round; what is left is for the next.
        for _ in 0..<1_000 {
            let reply = try await call("tidy", keys: [keys.stream, keys.ends, keys.crashes], [.string(cursor)])
            let (count, next) = try translating { (try reply.array()[0].int(), try reply.array()[1].string()) }
            removed += count
            cursor = next
            if cursor.isEmpty { break }
        }
        if removed > 0 {
            // They left the stream by another program's hand, so they are in no count of ours.
            logger.notice(
                "removed jobs that other programs had acknowledged, or whose consumer they had deleted",
                metadata: ["stream": "\(keys.stream)", "count": "\(removed)"]
            )
        }
        _ = try await call("dismiss", keys: [keys.stream], [60_000])
    }
}
