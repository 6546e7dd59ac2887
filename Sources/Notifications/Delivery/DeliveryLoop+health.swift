internal import Logging
internal import Monitoring

extension DeliveryLoop {
    /// How long a wait may be over its limit: longer than any queue takes to give one up.
    private static let longestDelay = Duration.seconds(4)

    /// Whether the wait for events does not come back.
    var isWaitLost: Bool {
        waitingSince.map { time.now() - $0 > Self.longestWait + Self.longestDelay } ?? false
    }

    /// Notes that a round is done.
    mutating func brokerAnswers() {
        backoff.reset()
        if canWork != true { logger.info("the event queue can be worked on") }
        canWork = true
        if isWaitLost {
            health.fails("The wait for events does not come back; the event queue is looked at each second.")
        } else {
            health.works()
        }
    }

    /// Notes that a round has failed.
    mutating func brokerFails(_ error: any Error) {
        mayClaim = true
        if canWork != false {
            logger.warning("the event queue can't be worked on; trying on", metadata: ["error": "\(error)"])
        }
        canWork = false
        health.fails("The event queue can't be worked on: \(error)")
    }
}
