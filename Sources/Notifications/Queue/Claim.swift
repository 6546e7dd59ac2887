package import Monitoring

/// How much a worker can take.
package struct ClaimRequest: Sendable, Equatable {
    /// Unique per boot of a worker.
    package var boot: String
    package var lease: Duration
    /// The newest token that this boot was given, empty where it was given none.
    ///
    /// What it holds under newer ones was in an answer that got lost, and is given back first. Nil gives nothing back; an
    /// engine that can lose no answer does not look at it.
    package var knownToken: String?
    package var freeEvents: Int
    package var freeDeliveries: Int
    /// Channels that are paused, or whose slots here are full.
    package var skip: Set<ChannelID>
    /// Most deliveries to take of one channel; channels that are missing have no bound of their own.
    package var channelSlots: [ChannelID: Int]
    /// What has ended before, as ``EventQueue/complete(_:as:)`` takes it: one step for both.
    package var completions: [Completion]

    package init(
        boot: String,
        lease: Duration,
        knownToken: String? = nil,
        freeEvents: Int,
        freeDeliveries: Int,
        skip: Set<ChannelID> = [],
        channelSlots: [ChannelID: Int] = [:],
        completions: [Completion] = []
    ) {
        self.boot = boot
        self.lease = lease
        self.knownToken = knownToken
        self.freeEvents = freeEvents
        self.freeDeliveries = freeDeliveries
        self.skip = skip
        self.channelSlots = channelSlots
        self.completions = completions
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
    /// Until when channels are to be left alone, where events were given out that could be sent to them at once.
    package var gates: [ChannelID: Timestamp]
    /// For each of the request's completions, in their order, false where the worker no longer held it.
    package var completed: [Bool]

    package init(
        now: Timestamp,
        nextDue: Timestamp?,
        depth: Int,
        events: [HeldEvent],
        deliveries: [HeldDelivery],
        gates: [ChannelID: Timestamp] = [:],
        completed: [Bool] = []
    ) {
        self.now = now
        self.nextDue = nextDue
        self.depth = depth
        self.events = events
        self.deliveries = deliveries
        self.gates = gates
        self.completed = completed
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
