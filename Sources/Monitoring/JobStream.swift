/// The stream of check jobs of one region, between the pusher and the monitors.
///
/// Every method may throw ``JobStreamError``. Times are those of the server that keeps the stream.
package protocol JobStream: Sendable {
    /// The region whose jobs these are.
    var region: String { get }

    // MARK: The pusher's side

    /// Takes or keeps the lead of the region, for a holder whose name is unique per boot; nil while another holds it.
    func lead(as holder: String, lease: Duration) async throws -> Leadership?

    /// Gives the lead up, so that a standby need not wait for the lease to run out.
    func resign(_ leadership: Leadership) async throws

    /// Makes a page of jobs ready to be pushed, so that this can be done while another is on its way.
    func page(of jobs: [CheckJob]) -> JobPage

    /// Adds jobs apart from the schedule: a site was added or changed, or someone asked for a check.
    func add(_ jobs: [CheckJob]) async throws

    /// How much is in the stream.
    func backlog() async throws -> Backlog

    // MARK: The monitors' side

    /// Takes up to `limit` jobs that nobody holds, waiting up to `wait` for the first.
    ///
    /// One such wait a process. A cancelled wait loses no job: what the server had already handed over is released.
    func claim(as worker: String, limit: Int, wait: Duration) async throws -> [HeldJob]

    /// Takes over up to `limit` jobs whose lease has run out, or that were released.
    func takeOver(as worker: String, idleFor lease: Duration, limit: Int) async throws -> [HeldJob]

    /// Extends the lease of jobs.
    ///
    /// - Returns: Those that are still the worker's; the others have been taken over.
    func renew(_ ids: [HeldJob.ID], as worker: String) async throws -> Set<HeldJob.ID>

    /// Ends jobs and counts each end once, however often it is asked for.
    ///
    /// Only after what they led to is committed. A job that has been taken over is ended all the same: its result is in. So
    /// is one that was in the worker's hand when the stream was cut.
    func end(_ ends: [(id: HeldJob.ID, end: JobEnd)], as worker: String) async throws

    /// Gives jobs back unworked, without a crash counted against them.
    func release(_ ids: [HeldJob.ID], as worker: String) async throws

    /// Says that the worker has nothing in hand from now on but this one job, whose workers have died before.
    ///
    /// Only a death after this counts as one more of the job's crashes.
    func isolate(_ id: HeldJob.ID, as worker: String) async throws

    /// Removes a worker from the stream's group, if it holds nothing.
    func leave(_ worker: String) async throws

    // MARK: Hygiene

    /// Drops what other programs have acknowledged and left behind, and workers that are gone and hold nothing.
    func tidy() async throws

    /// Where every job that was ever pushed has gone.
    func counts() async throws -> StreamCounts
}

extension JobStream {
    /// Adds one page of jobs and moves the mark, as ``JobPage/push(mark:under:)``.
    package func push(_ jobs: [CheckJob], mark: Mark, under leadership: Leadership) async throws {
        try await page(of: jobs).push(mark: mark, under: leadership)
    }
}

/// Jobs that are ready to be pushed into the stream that made the page of them.
package struct JobPage: Sendable {
    package let count: Int
    private let write: @Sendable (Mark, Leadership) async throws -> Void

    package init(count: Int, write: @escaping @Sendable (Mark, Leadership) async throws -> Void) {
        self.count = count
        self.write = write
    }

    /// Adds the jobs and moves the mark, in one atomic write.
    ///
    /// - Throws: `superseded` where the lead has passed to another: nothing was added. `outcomeUnknown` where the reply was
    ///   lost: read the mark (``JobStream/lead(as:lease:)``) to learn whether the page is in.
    package func push(mark: Mark, under leadership: Leadership) async throws {
        try await write(mark, leadership)
    }
}

/// The lead of a region: only its holder may push.
package struct Leadership: Sendable, Equatable {
    package let holder: String
    /// Grows by one whenever the lead passes on; a push under an older one is refused.
    package let epoch: Int64
    package let mark: Mark?
    /// The server's time when this was answered.
    package let now: Timestamp

    package init(holder: String, epoch: Int64, mark: Mark?, now: Timestamp) {
        self.holder = holder
        self.epoch = epoch
        self.mark = mark
        self.now = now
    }
}

/// How far the schedule has been pushed.
///
/// All slots up to `from` are dealt with, and those in (`from`, `through`] of every interval below `interval`; of
/// `interval` itself those up to `cursor`. A mark without a cursor is complete: all is dealt with up to `through`.
package struct Mark: Sendable, Equatable, Codable {
    /// How far into an unfinished window the pages have come.
    package struct Position: Sendable, Equatable, Codable {
        package let interval: Duration
        package let cursor: SlotCursor

        package init(interval: Duration, cursor: SlotCursor) {
            self.interval = interval
            self.cursor = cursor
        }
    }

    package let from: Timestamp
    package let through: Timestamp
    /// Nil when the window is complete.
    package let position: Position?
    /// Jobs pushed in this window so far.
    package let count: Int

    package init(from: Timestamp, through: Timestamp, position: Position?, count: Int) {
        self.from = from
        self.through = through
        self.position = position
        self.count = count
    }
}

/// How much waits in a stream.
package struct Backlog: Sendable, Equatable {
    /// Jobs that no worker has yet.
    package let waiting: Int
    /// Jobs in the hands of workers.
    package let held: Int
    /// Jobs that the stream was cut by because it was full, ever.
    package let trimmed: Int
    /// When the oldest job that is left was added; nil where there is none.
    package let oldest: Timestamp?
    /// The server's time.
    package let now: Timestamp

    package init(waiting: Int, held: Int, trimmed: Int, oldest: Timestamp?, now: Timestamp) {
        self.waiting = waiting
        self.held = held
        self.trimmed = trimmed
        self.oldest = oldest
        self.now = now
    }

    /// What backpressure goes by.
    package var depth: Int { waiting + held }
}

/// Where every job has gone.
///
/// At rest: pushed = the sum of the ends + trimmed + waiting + held.
package struct StreamCounts: Sendable, Equatable {
    package let pushed: Int
    package let ends: [JobEnd: Int]
    package let trimmed: Int
    package let waiting: Int
    package let held: Int
    /// How long ago the oldest job that is left was added; nil where there is none.
    package let oldestAge: Duration?
    /// Workers in the group.
    package let workers: Int
    /// Who leads, if anybody does.
    package let leader: String?
    package let mark: Mark?

    package init(
        pushed: Int,
        ends: [JobEnd: Int],
        trimmed: Int,
        waiting: Int,
        held: Int,
        oldestAge: Duration?,
        workers: Int,
        leader: String?,
        mark: Mark?
    ) {
        self.pushed = pushed
        self.ends = ends
        self.trimmed = trimmed
        self.waiting = waiting
        self.held = held
        self.oldestAge = oldestAge
        self.workers = workers
        self.leader = leader
        self.mark = mark
    }
}

/// What is wrong with the stream.
package struct JobStreamError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// The server can't be reached or can't write now; the role waits and tries again.
        case unavailable
        /// Another pusher leads now.
        case superseded
        /// The reply to a write was lost: it may or may not have been applied.
        case outcomeUnknown
        /// The key holds something else, or the server refuses what is asked.
        case refused
    }

    package let code: Code
    /// One sentence that says what is wrong and what to do.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
