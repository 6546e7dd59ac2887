/// What a pusher keeps from one tick to the next.
struct PushMemory: Sendable {
    private var epoch: Int64?
    private var mark: Mark?
    /// What the database was last known to know.
    var progress: PushProgress?
    /// The term in which this pusher writes to the database.
    var term: PushTerm?
    /// What the stream had dropped in all when that was last read.
    var trimmed: Int?

    /// Whether the broker's mark is the one that this pusher left there in the same lead.
    ///
    /// Another may be an old one: of a broker that was emptied, or came back without its last second.
    func relies(on leadership: Leadership) -> Bool {
        epoch == leadership.epoch && mark == leadership.mark
    }

    mutating func remember(_ mark: Mark?, of leadership: Leadership) {
        epoch = leadership.epoch
        self.mark = mark
    }

    mutating func forgetMark() {
        epoch = nil
        mark = nil
    }
}
