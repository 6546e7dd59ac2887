/// What tells one state of the broker from another.
package struct QueueIncarnation: Sendable, Equatable {
    /// Another one where the broker has lost everything.
    package let epoch: String
    /// Another one where the broker was started anew, or another server took its place: it may have lost its last moments.
    package let run: String

    package init(epoch: String, run: String) {
        self.epoch = epoch
        self.run = run
    }
}
