package import Monitoring

/// What an HTTP answer means for a delivery.
package enum ResponseVerdict {
    /// Reads a status as the channels' rules have it, with the `Retry-After` header where there is one.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - retryAfter: The header's value.
    ///   - now: The present moment, for a header that names a date.
    /// - Returns: The verdict.
    package static func verdict(status: Int, retryAfter: String?, now: Timestamp) -> SendOutcome.Verdict {
        let wait = retryAfter.flatMap { RetryAfter.duration($0, now: now) }
        return switch status {
        case 200..<300: .delivered
        case 429: .limited(retryAfter: wait)
        // A redirect is not followed: it may be put right at the receiver.
        case 300..<400: .failed(retryAfter: wait)
        case 408, 425, 500...: .failed(retryAfter: wait)
        case 410: .gone
        case 400..<500: .refused
        default: .failed(retryAfter: wait)
        }
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// The wait that a header asks for; nil where it can't be read.
    ///
    /// - Parameters:
    ///   - text: A number of seconds, or a date.
    ///   - now: The present moment.
    /// - Returns: Zero for a date in the past; never more than a year.
    package static func duration(_ text: String, now: Timestamp) -> Duration? {
        let year = Duration.seconds(365 * 86_400)
        let text = text.trimmingSpaces
        if !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
            guard let seconds = Int64(text), seconds <= 365 * 86_400 else { return year }
            return .seconds(seconds)
        }
        // Some servers answer fractions.
        if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return min(seconds: seconds, year) }
        return Timestamp(httpDate: text).map { max(.zero, min($0 - now, year)) }
    }

    /// The wait in seconds that some receivers name in the body.
    package static func duration(_ value: JSON?) -> Duration? {
        guard case .number(let digits) = value, let seconds = Double(digits), seconds.isFinite, seconds >= 0 else {
            return nil
        }
        return min(seconds: seconds, .seconds(365 * 86_400))
    }

    private static func min(seconds: Double, _ limit: Duration) -> Duration {
        seconds >= 365 * 86_400 ? limit : .milliseconds(Int64((seconds * 1_000).rounded(.up)))
    }

    private static func min(_ first: Duration, _ second: Duration) -> Duration { first < second ? first : second }
}

extension String {
    /// The text without spaces and tabs around it.
    var trimmingSpaces: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
