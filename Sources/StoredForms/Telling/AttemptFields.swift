internal import Monitoring
package import Notifications

/// A row of `deliveryAttempt`.
package struct AttemptFields: Sendable, Equatable {
    package var event = ""
    package var eventType = ""
    package var channel: Int64?
    package var attempt = 0
    package var at: Int64 = 0
    /// In microseconds.
    package var duration: Int64 = 0
    package var result = ""
    package var statusCode: Int?
    package var response: String?
    package var error: String?
    package var next: Int64?

    package init() {}

    package init(_ attempt: DeliveryAttempt) {
        event = attempt.event.rawValue
        eventType = attempt.eventType
        channel = attempt.channel?.rawValue
        self.attempt = attempt.attempt
        at = attempt.at.milliseconds
        duration = attempt.duration.microseconds
        result = attempt.result.rawValue
        statusCode = attempt.statusCode
        response = attempt.response
        error = attempt.error
        next = attempt.next?.milliseconds
    }

    /// The attempt as it is answered.
    package func deliveryAttempt() throws -> DeliveryAttempt {
        guard let event = EventID(rawValue: event), let result = DeliveryAttempt.Result(rawValue: result) else {
            throw StoreError(.unusable, "The delivery log holds an attempt of a newer tocsin; update this one.")
        }
        return DeliveryAttempt(
            event: event,
            eventType: eventType,
            channel: channel.map { ChannelID(rawValue: $0) },
            attempt: attempt,
            at: Timestamp(milliseconds: at),
            duration: .microseconds(duration),
            result: result,
            statusCode: statusCode,
            response: response,
            error: error,
            next: next.map { Timestamp(milliseconds: $0) }
        )
    }
}
