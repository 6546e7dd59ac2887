package import Monitoring

/// The queue of notification events and of their deliveries.
///
/// The state of a delivery in here is the ledger: what is claimed, retried, buried. Every method may throw ``QueueError``.
/// Every step is atomic, and what a worker does to something that it no longer holds changes nothing.
/// All times are those of the server that keeps the queue, corrected so that they never run backwards.
package protocol EventQueue: Sendable {
    // MARK: The producer's side

    /// Adds events, all or none, together with the idempotency key that stands for them.
    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome

    // MARK: The worker's side

    /// Waits until there may be something to claim, or `limit` is over. Takes nothing. One such wait a process.
    func wait(upTo limit: Duration) async throws

    /// Takes events and due deliveries, each with a token, as many as there are free slots for.
    ///
    /// Also tells that the worker lives, as ``beat(_:lease:)`` does.
    func claim(_ request: ClaimRequest) async throws -> Claim

    /// Turns held events into deliveries, one for each matching channel, due as they say.
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

    // MARK: What people do

    /// A page of dead letters, newest first.
    func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage

    /// The dead letter, if there is one.
    func deadLetter(_ id: String) async throws -> DeadLetter?

    /// Puts dead letters back: a delivery is due at once with its attempts and deadline anew, an event is queued again.
    ///
    /// - Returns: How many were put back.
    func replay(_ ids: [String], deadline: Duration) async throws -> Int

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

/// Events to add.
package struct EnqueueRequest: Sendable, Equatable {
    /// An idempotency key: it stands for one body and one answer.
    package struct Key: Sendable, Equatable {
        /// A hash of (token, route, key).
        package let hash: String
        /// A hash of the request's body.
        package let bodyHash: String
        package let lifetime: Duration

        package init(hash: String, bodyHash: String, lifetime: Duration) {
            self.hash = hash
            self.bodyHash = bodyHash
            self.lifetime = lifetime
        }
    }

    /// One event as it will lie in the queue.
    package struct Element: Sendable, Equatable {
        package let id: EventID
        /// The JSON of the event, `id` first.
        package let body: [UInt8]
        /// A hash of the body where the sender chose the id, which then must stay unique; nil for an id that we made.
        package let ownHash: String?

        package init(id: EventID, body: [UInt8], ownHash: String?) {
            self.id = id
            self.body = body
            self.ownHash = ownHash
        }
    }

    package var key: Key?
    package var elements: [Element]

    package init(key: Key?, elements: [Element]) {
        self.key = key
        self.elements = elements
    }
}

/// What became of a request to enqueue.
package enum EnqueueOutcome: Sendable, Equatable {
    case queued([EventID])
    /// The same request was made before; these are the ids of then.
    case replayed([EventID])
    /// The key, or an event's own id, stands for another body. Nothing was added.
    case mismatch
    /// The queue has reached its length. Nothing was added.
    case full
}

/// How much a worker can take.
package struct ClaimRequest: Sendable, Equatable {
    /// Unique per boot of a worker.
    package var boot: String
    package var lease: Duration
    package var freeEvents: Int
    package var freeDeliveries: Int
    /// Channels that are paused, or whose slots here are full.
    package var skip: Set<ChannelID>
    /// Most deliveries to take of one channel; channels that are missing have no bound of their own.
    package var channelSlots: [ChannelID: Int]

    package init(
        boot: String,
        lease: Duration,
        freeEvents: Int,
        freeDeliveries: Int,
        skip: Set<ChannelID> = [],
        channelSlots: [ChannelID: Int] = [:]
    ) {
        self.boot = boot
        self.lease = lease
        self.freeEvents = freeEvents
        self.freeDeliveries = freeDeliveries
        self.skip = skip
        self.channelSlots = channelSlots
    }
}

/// What a worker has been given.
package struct Claim: Sendable, Equatable {
    package var now: Timestamp
    /// When the next delivery of a channel that was not skipped falls due; nil where there is none.
    package var nextDue: Timestamp?
    /// Events still in the queue.
    package var depth: Int
    package var events: [HeldEvent]
    package var deliveries: [HeldDelivery]

    package init(now: Timestamp, nextDue: Timestamp?, depth: Int, events: [HeldEvent], deliveries: [HeldDelivery]) {
        self.now = now
        self.nextDue = nextDue
        self.depth = depth
        self.events = events
        self.deliveries = deliveries
    }
}

/// An element of the queue in the hands of one worker; anything that some client has pushed.
package struct HeldEvent: Sendable, Equatable {
    /// Proves that the worker still holds it.
    package let token: String
    package let body: [UInt8]
    /// How many workers died with it in hand.
    package let crashes: Int

    package init(token: String, body: [UInt8], crashes: Int) {
        self.token = token
        self.body = body
        self.crashes = crashes
    }
}

/// A delivery in the hands of one worker.
package struct HeldDelivery: Sendable, Equatable {
    /// The delivery after this one in the same order, which can't be claimed before this has ended.
    package struct Successor: Sendable, Equatable {
        package let event: EventID
        package let body: [UInt8]

        package init(event: EventID, body: [UInt8]) {
            self.event = event
            self.body = body
        }
    }

    package let token: String
    package let event: EventID
    package let channel: ChannelID
    package let body: [UInt8]
    /// Attempts made before this one.
    package let attempts: Int
    package let crashes: Int
    /// When the event was routed.
    package let routedAt: Timestamp
    /// After this it is a dead letter, whatever else.
    package let deadline: Timestamp
    package let order: String?
    package let successor: Successor?

    package init(
        token: String,
        event: EventID,
        channel: ChannelID,
        body: [UInt8],
        attempts: Int,
        crashes: Int,
        routedAt: Timestamp,
        deadline: Timestamp,
        order: String?,
        successor: Successor?
    ) {
        self.token = token
        self.event = event
        self.channel = channel
        self.body = body
        self.attempts = attempts
        self.crashes = crashes
        self.routedAt = routedAt
        self.deadline = deadline
        self.order = order
        self.successor = successor
    }
}

/// A held event and the deliveries that it becomes.
package struct RoutedEvent: Sendable, Equatable {
    /// One delivery to store.
    package struct Delivery: Sendable, Equatable {
        package let channel: ChannelID
        /// Deliveries of one channel and order are claimed one after the other, in the order of routing.
        package let order: String?
        /// From now.
        package let deadline: Duration
        /// From now; zero for at once.
        package let delay: Duration
        /// Attempts that were made already, at the time of routing.
        package let attempts: Int

        package init(channel: ChannelID, order: String?, deadline: Duration, delay: Duration = .zero, attempts: Int = 0)
        {
            self.channel = channel
            self.order = order
            self.deadline = deadline
            self.delay = delay
            self.attempts = attempts
        }
    }

    package let token: String
    package let id: EventID
    /// The event's JSON with its id, as every delivery carries it.
    package let body: [UInt8]
    /// A hash of the body, by which the same id with another body is told apart.
    package let hash: String
    /// Whether the sender chose the id: then it is kept for a day after the end.
    package let isOwnID: Bool
    package let deliveries: [Delivery]

    package init(
        token: String,
        id: EventID,
        body: [UInt8],
        hash: String,
        isOwnID: Bool,
        deliveries: [Delivery]
    ) {
        self.token = token
        self.id = id
        self.body = body
        self.hash = hash
        self.isOwnID = isOwnID
        self.deliveries = deliveries
    }
}

/// What became of a held event that was to be routed.
package enum RouteOutcome: String, Sendable, Equatable {
    case routed
    /// The id with the same body is known already: the element is gone, nothing else was changed.
    case duplicate
    /// The id is known with another body: the element is a dead letter.
    case mismatch
    /// The worker no longer held it.
    case stale
}

/// The end of one attempt, or of an event that needs none.
package enum Completion: Sendable, Equatable {
    /// How an event ends that was never stored as deliveries.
    package enum EventEnd: Sendable, Equatable {
        /// Its one channel had it at the first try.
        case sent(ChannelID)
        /// No channel wants it.
        case unrouted
        /// It is not an event, or nothing can be done with it; the reason is kept with it.
        case dead(reason: String)
        /// Given back unworked.
        case released
    }

    /// How one attempt at a delivery ends.
    package enum DeliveryEnd: Sendable, Equatable {
        /// Where `withSuccessor` is set, the message told both and the successor ends with it.
        case sent(withSuccessor: EventID?)
        /// Due again after `delay`; a wait for a rate limit or a circuit counts no attempt.
        case retry(delay: Duration, countsAttempt: Bool)
        /// Buried; `countsAttempt` is false where no attempt was made, as when the deadline had passed.
        case dead(reason: String, countsAttempt: Bool = true)
        /// Given back unworked.
        case released
    }

    /// `id` is nil where the element has none that can be read; `hash` is nil for an id that we made.
    case event(token: String, id: EventID?, hash: String?, end: EventEnd)
    case delivery(token: String, event: EventID, channel: ChannelID, end: DeliveryEnd)
}

/// Which dead letters to list.
package struct DeadLetterQuery: Sendable, Equatable {
    /// The last id of the page before.
    package var before: String?
    package var limit: Int
    package var channel: ChannelID?

    package init(before: String? = nil, limit: Int = 100, channel: ChannelID? = nil) {
        self.before = before
        self.limit = limit
        self.channel = channel
    }
}

/// A page of dead letters, and where the next begins.
package struct DeadLetterPage: Sendable, Equatable {
    package let items: [DeadLetter]
    package let next: String?

    package init(items: [DeadLetter], next: String?) {
        self.items = items
        self.next = next
    }
}

/// What could not be delivered, kept for people to look at.
package struct DeadLetter: Sendable, Equatable, Identifiable {
    /// Sorts by the time of death.
    package let id: String
    package let event: EventID?
    /// Nil for an element that never became a delivery.
    package let channel: ChannelID?
    package let reason: String
    package let attempts: Int
    package let body: [UInt8]
    package let at: Timestamp

    package init(
        id: String,
        event: EventID?,
        channel: ChannelID?,
        reason: String,
        attempts: Int,
        body: [UInt8],
        at: Timestamp
    ) {
        self.id = id
        self.event = event
        self.channel = channel
        self.reason = reason
        self.attempts = attempts
        self.body = body
        self.at = at
    }
}

/// An event as the queue knows it.
package struct QueuedEvent: Sendable, Equatable {
    /// Where an event stands.
    package enum State: String, Sendable {
        case queued
        case routed
        case unrouted
        case ended
    }

    /// Where one of its deliveries stands.
    package struct Delivery: Sendable, Equatable {
        /// Waiting, with a worker, or ended.
        package enum State: String, Sendable {
            case pending
            case held
            case sent
            case dead
        }

        package let channel: ChannelID
        package let state: State
        package let attempts: Int
        /// When it is due, while it is pending.
        package let due: Timestamp?

        package init(channel: ChannelID, state: State, attempts: Int, due: Timestamp?) {
            self.channel = channel
            self.state = state
            self.attempts = attempts
            self.due = due
        }
    }

    package let id: EventID
    package let state: State
    package let deliveries: [Delivery]

    package init(id: EventID, state: State, deliveries: [Delivery]) {
        self.id = id
        self.state = state
        self.deliveries = deliveries
    }
}

/// How much is where in the queue.
package struct QueueCounts: Sendable, Equatable {
    /// Events not yet claimed.
    package let waiting: Int
    /// Events and deliveries in the hands of workers.
    package let held: Int
    /// Deliveries that wait for their time or their turn.
    package let scheduled: Int
    package let dead: Int
    /// Dead letters that were deleted, by people or by the bounds, ever.
    package let discarded: Int
    package let workers: Int

    package init(waiting: Int, held: Int, scheduled: Int, dead: Int, discarded: Int, workers: Int) {
        self.waiting = waiting
        self.held = held
        self.scheduled = scheduled
        self.dead = dead
        self.discarded = discarded
        self.workers = workers
    }
}

/// The bounds of a queue, and what happens at each.
package struct QueueBounds: Sendable, Equatable {
    /// Events beyond this are refused with ``EnqueueOutcome/full``.
    package var maxLength: Int
    /// Dead letters beyond this count or age are discarded, the oldest first.
    package var maxDeadLetters: Int
    package var deadLetterLifetime: Duration

    package init(
        maxLength: Int = 1_000_000,
        maxDeadLetters: Int = 100_000,
        deadLetterLifetime: Duration = .seconds(30 * 86_400)
    ) {
        self.maxLength = maxLength
        self.maxDeadLetters = maxDeadLetters
        self.deadLetterLifetime = deadLetterLifetime
    }
}

/// What is wrong with the queue.
package struct QueueError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// The broker can't be reached; try again later.
        case unavailable
        /// The broker is out of memory or disk and takes nothing in; try again later.
        case full
        /// The key holds something else, or the broker refuses what is asked.
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
