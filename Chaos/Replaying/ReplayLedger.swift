internal import Monitoring
internal import Notifications

/// What arrived of the dead letters that were put back.
struct ReplayLedger: Sendable {
    private var arrived: Set<Int> = []
    /// The newest that arrived of each subject.
    private var newest: [Int: Int] = [:]
    private(set) var repeats = 0
    private(set) var violations = ViolationLog()
    /// When the last arrived that had not been there before, in Unix time, in ms.
    private(set) var lastArrival: Int64 = 0

    var count: Int { arrived.count }

    /// Takes an arrival: the number of the event, which grows in each subject.
    mutating func take(_ number: Int, of subject: Int, at now: Int64) {
        guard arrived.insert(number).inserted else {
            repeats += 1
            violations.add(.replayedTwice, "event \(number)")
            return
        }
        lastArrival = now
        if let before = newest[subject], before > number {
            violations.add(.replayedOutOfOrder, "event \(number) of subject \(subject) after \(before)")
        }
        newest[subject] = max(newest[subject] ?? number, number)
    }

    /// Compares with what was put back, at `pace` a second from `start` on.
    mutating func settle(_ letters: Int, pace: Int, since start: Int64) {
        for number in 0..<letters where !arrived.contains(number) { violations.add(.eventLost, "event \(number)") }
        let soonest = start + Int64(letters - 1) * DeadLetterActions.spacing(of: pace).milliseconds
        if lastArrival < soonest {
            violations.add(.replayedTooFast, "all were there after \(lastArrival - start) ms, of \(soonest - start)")
        }
    }
}
