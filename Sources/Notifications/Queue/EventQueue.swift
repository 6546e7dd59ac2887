internal import Monitoring

/// The queue of notification events and of their deliveries.
///
/// The state of a delivery in here is the ledger: what is claimed, retried, buried. Every method may throw ``QueueError``.
/// Every step is atomic, and what a worker does to something that it no longer holds changes nothing.
/// All times are those of the server that keeps the queue, corrected so that they never run backwards.
package protocol EventQueue: Sendable {
    // MARK: The producer's side

    /// Adds events, all or none, together with the idempotency key that stands for them.
    ///
    /// A request of no events adds nothing, and fails as one with events would.
    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome

    // MARK: The worker's side

    /// Waits until there may be something to claim, or `limit` is over. Takes nothing. One such wait a process.
    func wait(upTo limit: Duration) async throws

    /// Takes events and due deliveries, each with a token, as many as there are free slots for.
    ///
    /// Of each kind no more than ``StepBound/bytes`` of bodies go out at a time, or one; the rest comes with the next claim.
    /// What the request says has ended, ends first. Also tells that the worker lives, as ``beat(_:lease:)`` does.
    func claim(_ request: ClaimRequest) async throws -> Claim

    /// Turns held events into deliveries, one for each matching channel, due as they say or dead letters at once.
    ///
    /// - Returns: What became of each, in their order.
    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome]

    /// Ends held events that need no delivery of their own, and held deliveries.
    ///
    /// - Returns: For each, in their order, false where the worker no longer held it: nothing was changed.
    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool]

    /// Extends the worker's one lease, which covers all that it holds.
    ///
    /// - Returns: False where the lease had run out and what the worker held has been given to others.
    func beat(_ boot: String, lease: Duration) async throws -> Bool

    /// Gives what workers with a run-out lease held back to the queue, with a crash counted against each.
    ///
    /// - Returns: How many events and deliveries were given back.
    func sweep() async throws -> Int

    /// Ends a worker's lease; what it still held is given back, with no crash counted.
    func leave(_ boot: String) async throws

    /// Holds a channel's deliveries back for a while, for every worker: a rate limit or an open circuit.
    func gate(_ channel: ChannelID, for duration: Duration) async throws

    /// The channels that deliveries wait for, and how many each; those in the hands of workers count as well.
    func backlogs() async throws -> [ChannelID: Int]

    /// Makes dead letters of what waits for a channel, and leaves alone what workers hold.
    ///
    /// - Returns: How many, `limit` at most; where it is as many there may be more.
    func bury(_ which: Burial, of channel: ChannelID, because reason: String, limit: Int) async throws -> Int

    // MARK: What the broker may have lost

    /// What changes when the broker may have lost something; nil where it never does.
    func incarnation() async throws -> QueueIncarnation?

    /// Counts events that were accepted and that the broker has lost.
    ///
    /// A report that is told again, because the answer was lost, is counted once.
    func countLost(_ events: Int, report: String) async throws

    // MARK: What people do

    /// A page of dead letters; it ends early where they are large, with a next one.
    func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage

    /// The dead letter, if there is one.
    func deadLetter(_ id: String) async throws -> DeadLetter?

    /// Puts dead letters back, in their old order: a delivery with its attempts and deadline anew, an event into the queue.
    ///
    /// What is put back to one channel falls due one after the other, so that many are no flood.
    /// - Returns: What became of each, in their order.
    func replay(_ request: ReplayRequest) async throws -> [ReplayOutcome]

    /// Deletes dead letters and counts them as discarded.
    ///
    /// - Returns: How many were deleted.
    func discard(_ ids: [String]) async throws -> Int

    /// What the queue knows of an event: waiting, its open deliveries, or its end; nil where it knows nothing (any more).
    func event(_ id: EventID) async throws -> QueuedEvent?

    /// How much is where.
    func counts() async throws -> QueueCounts

    /// Removes expired records (idempotency keys, ended events, dead letters beyond their bounds).
    func tidy() async throws
}

/// Which of a channel's waiting deliveries are to be buried.
package enum Burial: String, Sendable {
    case all
    /// Those past their deadline.
    case overdue
}
