/// One effect that the broker wrote down, whichever engine it is.
enum JournalEntry: Sendable, Equatable {
    // Jobs.
    /// A job was added; of a registered site, with its slot.
    case jobAdded(id: String, slot: SlotKey)
    /// A job left the stream.
    case jobRemoved(id: String)
    /// Nobody has a job in hand any more, be it still in the stream or not.
    case jobAcknowledged(id: String)
    /// So many jobs ended so, of those that left in the same step.
    case jobsEnded(end: String, count: Int)
    /// The stream was cut to its newest entries.
    case jobsCut(length: Int)
    /// The schedule is pushed up to here.
    case marked(through: Int64, isComplete: Bool)

    // Events.
    /// An event came into a state: queued, routed, ended, unrouted.
    case event(id: String, state: String)
    /// A delivery ended: sent or dead.
    case deliveryEnded(event: String, channel: String)

    // Both.
    /// Somebody took an item in hand at a moment.
    case taken(item: String, holder: String, at: Int64)
    /// Nobody has it in hand any more, and it need not be taken again.
    case freed(item: String)
    /// The end of one atomic step.
    case commit
}

/// One due time of one site.
struct SlotKey: Hashable, Sendable {
    let site: Int64
    let slot: Int64
}
