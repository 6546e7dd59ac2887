/// How a delivery worker works.
package struct DeliveryConfiguration: Sendable, Equatable {
    /// Attempts at a time.
    package var concurrency: Int
    /// Attempts at a time at one channel, so that a slow one takes slots only from itself.
    package var channelConcurrency: Int
    /// How long after its worker's death something is given to another.
    package var lease: Duration
    /// How long attempts may go on after the process was told to end.
    package var grace: Duration
    /// How long attempts are kept in the delivery log.
    package var logRetention: Duration

    package init(
        concurrency: Int = 64,
        channelConcurrency: Int? = nil,
        lease: Duration = .seconds(5),
        grace: Duration = .seconds(10),
        logRetention: Duration = .seconds(30 * 86_400)
    ) {
        self.concurrency = max(1, concurrency)
        self.channelConcurrency = max(1, channelConcurrency ?? min(16, concurrency))
        self.lease = lease
        self.grace = grace
        self.logRetention = logRetention
    }
}
