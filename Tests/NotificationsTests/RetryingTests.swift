import Monitoring
import Testing

@testable import Notifications

@Suite struct RetryScheduleTests {
    @Test func `the webhook lane gives up after ten attempts in three days`() {
        var total = Duration.zero
        for attempt in 1...9 {
            guard case .retry(let delay) = RetrySchedule.webhook.step(afterAttempts: attempt, jitter: 0) else {
                Issue.record("given up after \(attempt)")
                return
            }
            total += delay
        }
        #expect(RetrySchedule.webhook.step(afterAttempts: 10, jitter: 0) == .exhausted)
        #expect(total < RetrySchedule.webhook.deadline)
    }

    @Test func `the people lane goes on every five minutes`() {
        let people = RetrySchedule.people
        let delays = [1, 5, 15, 30, 60, 120, 300, 300, 300]
        for (index, seconds) in delays.enumerated() {
            #expect(people.step(afterAttempts: index + 1, jitter: 0) == .retry(after: .seconds(seconds)))
        }
    }

    @Test func `jitter adds up to a tenth and never takes away`() {
        #expect(RetrySchedule.webhook.step(afterAttempts: 1, jitter: 1) == .retry(after: .milliseconds(5_500)))
        #expect(RetrySchedule.webhook.step(afterAttempts: 1, jitter: -3) == .retry(after: .seconds(5)))
        #expect(RetrySchedule.webhook.step(afterAttempts: 1, jitter: 9) == .retry(after: .milliseconds(5_500)))
    }

    @Test func `Retry-After never brings a retry nearer, and is capped`() {
        let people = RetrySchedule.people
        #expect(
            people.step(afterAttempts: 3, retryAfter: .seconds(1), jitter: 0) == .retry(after: .seconds(15))
        )
        #expect(
            people.step(afterAttempts: 1, retryAfter: .seconds(90), jitter: 0) == .retry(after: .seconds(90))
        )
        #expect(
            people.step(afterAttempts: 1, retryAfter: .seconds(86_400), jitter: 0) == .retry(after: .seconds(3_600))
        )
    }

    @Test func `a channel's own schedule is read or refused`() throws {
        #expect(try RetrySchedule(parsing: "1s, 5s,1m").delays == [.seconds(1), .seconds(5), .seconds(60)])
        #expect(try RetrySchedule(parsing: RetrySchedule.webhook.text) == .webhook)
        for text in [
            "", ",", "1s,", "1", "-1s", "10ms", "77h", "40h,40h",
            Array(repeating: "1s", count: 21).joined(separator: ","),
        ] {
            #expect(throws: FieldProblem.self) { try RetrySchedule(parsing: text) }
        }
    }
}

@Suite struct ResponseVerdictTests {
    private let now = Timestamp(milliseconds: 784_111_777_000)  // Sun, 06 Nov 1994 08:49:37 GMT

    @Test(
        arguments: [
            (200, .delivered), (204, .delivered), (299, .delivered), (301, .failed(retryAfter: nil)),
            (307, .failed(retryAfter: nil)), (400, .refused), (401, .refused), (404, .refused),
            (408, .failed(retryAfter: nil)), (410, .gone), (425, .failed(retryAfter: nil)),
            (429, .limited(retryAfter: nil)), (500, .failed(retryAfter: nil)), (503, .failed(retryAfter: nil)),
            (599, .failed(retryAfter: nil)), (199, .failed(retryAfter: nil)),
        ] as [(Int, SendOutcome.Verdict)]
    )
    func `each status has its meaning`(status: Int, verdict: SendOutcome.Verdict) {
        #expect(ResponseVerdict.verdict(status: status, retryAfter: nil, now: now) == verdict)
    }

    @Test func `Retry-After is read as seconds or as a date`() {
        #expect(RetryAfter.duration("120", now: now) == .seconds(120))
        #expect(RetryAfter.duration(" 0 ", now: now) == .zero)
        #expect(RetryAfter.duration("1.5", now: now) == .milliseconds(1_500))
        #expect(RetryAfter.duration("Sun, 06 Nov 1994 08:50:37 GMT", now: now) == .seconds(60))
        #expect(RetryAfter.duration("Sun, 06 Nov 1994 08:48:37 GMT", now: now) == .zero)
        #expect(RetryAfter.duration("99999999999999999999999", now: now) == .seconds(365 * 86_400))
        for text in ["", "soon", "-5", "nan", "inf", "Sun, 31 Feb 1994 08:50:37 GMT", "Sun, 06 Nov 1994"] {
            #expect(RetryAfter.duration(text, now: now) == nil)
        }
    }
}

@Suite struct CircuitBreakerTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    @Test func `it opens when most of ten failed, lets one probe through, and closes on success`() {
        var breaker = CircuitBreaker()
        for attempt in 1...9 { #expect(breaker.record(succeeded: attempt <= 4, at: start) == nil) }
        #expect(breaker.record(succeeded: false, at: start) == .seconds(30))
        #expect(breaker.allowance(at: start) == .none(until: start + .seconds(30)))
        #expect(breaker.allowance(at: start + .seconds(30)) == .oneProbe)
        #expect(breaker.record(succeeded: true, at: start + .seconds(31)) == nil)
        #expect(breaker.allowance(at: start + .seconds(31)) == .all)
    }

    @Test func `a probe that fails opens it for longer, up to a bound`() {
        var breaker = CircuitBreaker()
        for _ in 1...10 { _ = breaker.record(succeeded: false, at: start) }
        var now = start
        var pauses: [Duration] = []
        for _ in 1...6 {
            guard case .none(let until) = breaker.allowance(at: now) else { break }
            now = until
            pauses.append(breaker.record(succeeded: false, at: now) ?? .zero)
        }
        #expect(pauses == [.seconds(60), .seconds(120), .seconds(240), .seconds(300), .seconds(300), .seconds(300)])
    }

    @Test func `half of the attempts failing, or few, leave it closed`() {
        var breaker = CircuitBreaker()
        for attempt in 1...40 { #expect(breaker.record(succeeded: attempt % 2 == 1, at: start) == nil) }
        var other = CircuitBreaker()
        for _ in 1...9 { #expect(other.record(succeeded: false, at: start) == nil) }
        // The nine are forgotten after five minutes.
        #expect(other.record(succeeded: false, at: start + .seconds(301)) == nil)
    }

    @Test func `attempts that were under way when it opened don't open it for longer`() {
        var breaker = CircuitBreaker()
        for _ in 1...10 { _ = breaker.record(succeeded: false, at: start) }
        #expect(breaker.record(succeeded: false, at: start + .seconds(1)) == nil)
        #expect(breaker.allowance(at: start + .seconds(1)) == .none(until: start + .seconds(30)))
    }
}

@Suite struct DeliveryDecisionTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func decide(
        _ verdict: SendOutcome.Verdict,
        attempts: Int = 0,
        schedule: RetrySchedule = .webhook,
        left: Duration = .seconds(76 * 3_600)
    ) -> DeliveryDecision {
        DeliveryDecision(
            after: SendOutcome(verdict, error: "It failed."),
            attempts: attempts,
            schedule: schedule,
            deadline: now + left,
            now: now,
            jitter: 0
        )
    }

    @Test func `a failure is retried by the schedule until attempts or time are used up`() {
        #expect(decide(.failed(retryAfter: nil)).end == .retry(delay: .seconds(5), countsAttempt: true))
        #expect(decide(.failed(retryAfter: nil), attempts: 1).end == .retry(delay: .seconds(300), countsAttempt: true))
        #expect(
            decide(.failed(retryAfter: nil), attempts: 9).end
                == .dead(reason: "Given up after 10 attempts; the last: It failed.")
        )
        #expect(
            decide(.failed(retryAfter: nil), left: .seconds(4)).end
                == .dead(reason: "The next attempt would come after the deadline; the last: It failed.")
        )
    }

    @Test func `a wait that the receiver asks for uses up no attempt`() {
        #expect(
            decide(.failed(retryAfter: .seconds(60)), attempts: 0).end
                == .retry(delay: .seconds(60), countsAttempt: false)
        )
        // Shorter than the step it changes nothing.
        #expect(
            decide(.failed(retryAfter: .seconds(60)), attempts: 1).end
                == .retry(delay: .seconds(300), countsAttempt: true)
        )
        #expect(
            decide(.failed(retryAfter: .seconds(100_000)), attempts: 9).end
                == .retry(delay: .seconds(86_400), countsAttempt: false)
        )
    }

    // PITFALLS 18
    @Test func `thirty at once that are limited wait together and none is dropped`() {
        for attempts in [0, 5, 9] {
            let decision = decide(.limited(retryAfter: .seconds(1)), attempts: attempts)
            guard case .retry(let delay, false) = decision.end else {
                Issue.record("dropped after \(attempts)")
                continue
            }
            #expect(delay >= .seconds(5))
            #expect(decision.pause == delay)
        }
        #expect(decide(.limited(retryAfter: nil)).end == .retry(delay: .seconds(5), countsAttempt: true))
    }

    // PITFALLS 22
    @Test func `retries end at the deadline however often the receiver asks to wait`() {
        var left = RetrySchedule.people.deadline
        var rounds = 0
        while case .retry(let delay, _) = decide(.limited(retryAfter: .seconds(3_600)), schedule: .people, left: left)
            .end
        {
            left -= delay
            rounds += 1
        }
        #expect(rounds == 6)
    }

    @Test func `refusals are dead at once, and 410 takes the channel out of use`() {
        #expect(decide(.refused).end == .dead(reason: "Refused: It failed."))
        #expect(decide(.refused).disables == nil)
        #expect(decide(.gone).end == .dead(reason: "It failed."))
        #expect(decide(.gone).disables == "It failed.")
        #expect(decide(.delivered).end == .sent)
    }
}
