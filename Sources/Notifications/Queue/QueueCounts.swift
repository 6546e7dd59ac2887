package import Monitoring

/// How much is where in the queue.
package struct QueueCounts: Sendable, Equatable {
    /// Events not yet claimed.
    package let waiting: Int
    /// When the event happened that waits first; nil where none waits, or it does not say.
    package let oldest: Timestamp?
    /// Events and deliveries in the hands of workers.
    package let held: Int
    /// Deliveries that wait for their time or their turn.
    package let scheduled: Int
    package let dead: Int
    /// Dead letters that were deleted, by people or by the bounds, ever.
    package let discarded: Int
    /// Workers whose lease stands.
    package let workers: Int
    /// Accepted events that the broker has lost with its last moments, and nobody could give back, ever.
    package let lost: Int

    package init(
        waiting: Int,
        oldest: Timestamp?,
        held: Int,
        scheduled: Int,
        dead: Int,
        discarded: Int,
        workers: Int,
        lost: Int
    ) {
        self.waiting = waiting
        self.oldest = oldest
        self.held = held
        self.scheduled = scheduled
        self.dead = dead
        self.discarded = discarded
        self.workers = workers
        self.lost = lost
    }
}

/// The bounds of a queue, and what happens at each.
package struct QueueBounds: Sendable, Equatable {
    /// Events beyond this are refused with ``EnqueueOutcome/full``.
    package var maxLength: Int
    /// Deliveries to one channel beyond this are dead letters at once.
    package var maxBacklog: Int
    /// Dead letters beyond this count or age are discarded, the oldest first.
    package var maxDeadLetters: Int
    package var deadLetterLifetime: Duration

    package init(
        maxLength: Int = 1_000_000,
        maxBacklog: Int = 1_000_000,
        maxDeadLetters: Int = 100_000,
        deadLetterLifetime: Duration = .seconds(30 * 86_400)
    ) {
        self.maxLength = maxLength
        self.maxBacklog = maxBacklog
        self.maxDeadLetters = maxDeadLetters
        self.deadLetterLifetime = deadLetterLifetime
    }
}
