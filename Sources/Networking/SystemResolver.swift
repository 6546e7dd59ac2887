package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Resolves names as the system does, on threads of its own.
///
/// `getaddrinfo` blocks and can't be stopped, so a lookup that nobody waits for any more still holds its thread; the
/// number of threads and of waiting names is bounded, and beyond it a lookup fails at once.
package final class SystemResolver: HostResolver {
    private let threads: NIOThreadPool
    private let group: any EventLoopGroup
    private let limit: Int
    private let open: Counter
    private let lookup: AddressLookup

    /// Makes a resolver; its threads end with it.
    ///
    /// - Parameters:
    ///   - group: Where deadlines are kept.
    ///   - threads: How many lookups run at once.
    ///   - limit: How many lookups may run or wait.
    package convenience init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        threads: Int = 64,
        limit: Int = 1_024
    ) {
        self.init(group: group, threads: threads, limit: limit, lookup: lookUpSystemAddresses)
    }

    init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        threads: Int,
        limit: Int,
        lookup: @escaping AddressLookup
    ) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.group = group
        self.limit = limit
        self.open = Counter()
        self.lookup = lookup
        self.threads.start()
    }

    deinit {
        // The pool keeps itself until its last lookup has ended; there is nobody left to tell.
        threads.shutdownGracefully { _ in }
    }

    package func resolve(_ host: String, deadline: NIODeadline) async throws(ResolutionError) -> Resolution {
        guard Self.isName(host) else { throw ResolutionError(.invalidName, host: host) }
        guard open.increment(below: limit) else { throw ResolutionError(.overloaded, host: host) }

        // Whichever comes first answers: the lookup, the deadline, or cancellation. Later answers are dropped.
        let answer = group.any().makePromise(of: Result<Resolution, ResolutionError>.self)
        let progress = Progress()
        let timer = answer.futureResult.eventLoop.scheduleTask(deadline: deadline) {
            // Waiting for a thread is our own trouble, waiting for the name server need not be.
            let code: ResolutionError.Code = progress.abandon() ? .overloaded : .timedOut
            answer.succeed(.failure(ResolutionError(code, host: host)))
        }
        threads.submit { [open, lookup] state in
            defer { open.decrement() }
            guard state == .active, progress.begin() else {
                answer.succeed(.failure(ResolutionError(.cancelled, host: host)))
                return
            }
            let result = Result { () throws(ResolutionError) in
                // Measured here, so that a wait for a free thread is not counted against the name server.
                let startedAt = NIODeadline.now()
                let addresses = try lookup(host)
                return Resolution(addresses: addresses, duration: Duration(NIODeadline.now() - startedAt))
            }
            answer.succeed(result)
        }
        let result = await withTaskCancellationHandler {
            await answer.futureResult.value
        } onCancel: {
            _ = progress.abandon()
            answer.succeed(.failure(ResolutionError(.cancelled, host: host)))
        }
        timer.cancel()
        return try result.get()
    }

    private static func isName(_ host: String) -> Bool {
        (1...254).contains(host.utf8.count) && host.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    }
}

/// Finds a name's addresses, blocking.
typealias AddressLookup = @Sendable (String) throws(ResolutionError) -> [IPAddress]

/// A count that many threads share.
private final class Counter: Sendable {
    private let value = Mutex(0)

    /// Adds one unless that would exceed the limit; whether it did.
    func increment(below limit: Int) -> Bool {
        value.withLock { value in
            guard value < limit else { return false }
            value += 1
            return true
        }
    }

    func decrement() { value.withLock { $0 -= 1 } }
}

/// Whether a lookup was begun or given up, whichever came first.
private final class Progress: Sendable {
    private let isDecided = Atomic(false)

    /// Whether the lookup is still wanted.
    func begin() -> Bool { !isDecided.exchange(true, ordering: .relaxed) }

    /// Whether the lookup had not been begun, and now won't be.
    func abandon() -> Bool { !isDecided.exchange(true, ordering: .relaxed) }
}

extension EventLoopFuture<Result<Resolution, ResolutionError>> {
    /// The result of a future that is never failed.
    fileprivate var value: Result<Resolution, ResolutionError> {
        get async {
            do {
                return try await get()
            } catch {
                // Only an event loop that was shut down fails it.
                return .failure(ResolutionError(.cancelled, host: "", detail: String(describing: error)))
            }
        }
    }
}
