/// A promise that was not kept.
enum Violation: String, CaseIterable, Sendable {
    case eventLost = "an accepted event neither arrived nor became a dead letter"
    case eventNotEnded = "an accepted event has not ended in the broker"
    case eventUninvited = "an event arrived that was never accepted"
    case eventRefused = "a sound event was refused"
    case answersDiffer = "one idempotency key was answered with two ids"
    case deliveryEndedTwice = "a delivery ended twice"
    case tooManyRepeats = "more repeats than kills could cause"
    case slotWithoutEnd = "a due slot has no end"
    case slotWithTwoEnds = "a due slot has two ends"
    case slotNotDue = "a slot was pushed that was not due"
    case endCountedTwice = "an end was counted for a job that had ended"
    case jobVanished = "a job left the stream without an end"
    case resultLost = "a job ended as a result that is not in the database"
    case resultBesideEnd = "a slot has a result, and another end in the stream"
    case markWentBack = "the pusher's mark went back"
    case countsDiffer = "counts of the same thing differ"
    case recoveryBeforeAlert = "a recovery arrived before its alert"
    case transitionLost = "an alert or recovery never arrived"
    case calledInsideWindow = "a receiver was called inside of its Retry-After"
    case replayedTwice = "a dead letter that was put back arrived twice"
    case replayedOutOfOrder = "a dead letter arrived before an older one of its order"
    case replayedTooFast = "dead letters arrived faster than they were to be put back"
    case takenOverLate = "what a killed process held was taken over too late"
    case memoryGrew = "a process grew beyond its bound"
    case endedByItself = "a process ended by itself"
    case neverSettled = "the system did not come to rest"
}

/// All violations of a run: how many of each, and the first few in words.
struct ViolationLog: Sendable {
    private static let kept = 5

    private(set) var counts: [Violation: Int] = [:]
    private(set) var examples: [Violation: [String]] = [:]

    var isEmpty: Bool { counts.isEmpty }

    /// Notes a violation; the text is made only where it is kept.
    mutating func add(_ violation: Violation, _ detail: @autoclosure () -> String) {
        counts[violation, default: 0] += 1
        if examples[violation, default: []].count < Self.kept { examples[violation, default: []].append(detail()) }
    }

    /// Takes those of another log.
    mutating func add(_ other: ViolationLog) {
        for (violation, count) in other.counts {
            counts[violation, default: 0] += count
            let room = Self.kept - examples[violation, default: []].count
            examples[violation, default: []] += (other.examples[violation] ?? []).prefix(room)
        }
    }
}
