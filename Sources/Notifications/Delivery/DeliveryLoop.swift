internal import Logging
internal import Monitoring

/// The worker's one loop: it alone claims, decides and reports; everything else tells it by the mailbox.
struct DeliveryLoop {
    static let longestWait = Duration.seconds(1)
    static let tidyInterval = Duration.seconds(60)
    private static let burialInterval = Duration.seconds(5)
    static let reportBatch = 256
    /// How old the channels may be that events are routed by; another process may have changed them.
    static let channelAge = Duration.milliseconds(100)
    static let undecidedPause = Duration.milliseconds(250)
    private static let failedWaitPause = Duration.milliseconds(100)

    let queue: any EventQueue
    let directory: ChannelDirectory
    let attempts: AttemptBuffer
    let mailbox: DeliveryMailbox
    let health: RoleHealth
    let configuration: DeliveryConfiguration
    let time: any TimeSource
    let logger: Logger
    let metrics: DeliveryMetrics

    private(set) var boot: String
    /// The newest token that this boot was given; tokens rise.
    var knownToken = ""
    var ledger: DeliveryLedger
    var snapshot: ChannelSnapshot?
    var backoff = Backoff()
    /// The queue's clock less ours.
    var clockOffset = Duration.zero
    var mayClaim = true
    /// Whether a claim was made with less than all slots or channels, so that a freed slot makes another worthwhile.
    var isHeldBack = false
    /// Whether the last round could work on the queue; nil before the first.
    var canWork: Bool?
    /// Since when the wait in the queue has been under way.
    var waitingSince: Timestamp?
    var nextDue: Timestamp?
    var nextSweep: Timestamp
    var nextTidy: Timestamp
    /// When the channels that can't be sent to are looked at next, for what of theirs is to be buried.
    var nextBurial: Timestamp
    /// With one free slot, deliveries and events take turns, deliveries first.
    var isEventsTurn = false
    var deliveryShare = 1
    /// Whether an event of the last claim was given back because the channels could not be read.
    var isUndecided = false

    init(
        queue: any EventQueue,
        directory: ChannelDirectory,
        attempts: AttemptBuffer,
        mailbox: DeliveryMailbox,
        health: RoleHealth,
        configuration: DeliveryConfiguration,
        time: any TimeSource,
        logger: Logger,
        metrics: DeliveryMetrics
    ) {
        self.queue = queue
        self.directory = directory
        self.attempts = attempts
        self.mailbox = mailbox
        self.health = health
        self.configuration = configuration
        self.time = time
        self.logger = logger
        self.metrics = metrics
        boot = Self.newBoot(at: time.now())
        ledger = DeliveryLedger(
            concurrency: configuration.concurrency,
            channelConcurrency: configuration.channelConcurrency
        )
        nextSweep = time.now()
        nextTidy = time.now() + Self.tidyInterval
        nextBurial = time.now()
    }

    /// Works until it is told to stop and nothing is in flight, or the grace is over.
    mutating func run(in group: inout DiscardingTaskGroup) async {
        var end: Timestamp?
        logger.info("taking events and deliveries", metadata: ["boot": "\(boot)"])
        while !Task.isCancelled {
            do {
                takeNews()
                // First, so that the slots that have become free are not given to what is stored.
                startWaiting(in: &group)
                try await report(in: &group)
                await startSuspect(in: &group)
                metrics.isRunning(ledger.running.count)
                if mailbox.isStopping {
                    // It may just have been told to, with ends kept for a claim.
                    try await report(in: &group)
                    let limit = end ?? time.now() + configuration.grace
                    end = limit
                    guard !ledger.running.isEmpty || ledger.hasReports, time.now() < limit else { return }
                    try await mailbox.wake.wait(upTo: limit - time.now(), time: time)
                    continue
                }
                try await sweepAndTidy()
                let isBusy = try await claim(in: &group)
                brokerAnswers()
                if !isBusy { try await wait(in: &group) }
            } catch is CancellationError {
                return
            } catch {
                brokerFails(error)
                if mailbox.isStopping, let end, time.now() >= end { return }
                // Only cancellation can end it early, and that ends the loop.
                try? await time.sleep(for: backoff.next())
            }
            if mailbox.isStopping, end == nil { end = time.now() + configuration.grace }
        }
    }

    // MARK: What has come in

    private mutating func takeNews() {
        let news = mailbox.takeNews()
        if news.isWaitOver {
            waitingSince = nil
            mayClaim = true
        }
        // A wait that does not come back must not keep us from what it was to tell of.
        if isWaitLost { mayClaim = true }
        // Taken anew each time: it also tells how fresh the channels are.
        let isFirst = snapshot == nil
        snapshot = directory.snapshot
        if news.areChannelsNew || isFirst, let snapshot {
            ledger.withSlots { $0.update(snapshot.channels) }
            storeWaiting()
            mayClaim = true
            nextBurial = time.now()
        }
        if news.isLeaseLost {
            logger.warning(
                "the lease was lost; what was in hand has gone to others",
                metadata: ["held": "\(ledger.works.count)", "boot": "\(boot)"]
            )
            ledger.leaseIsLost()
            boot = Self.newBoot(at: time.now())
            knownToken = ""
            logger.info("taking events and deliveries", metadata: ["boot": "\(boot)"])
            mayClaim = true
        }
        finish(news.finished)
    }

    /// Asks the queue something; meanwhile, what waits in hand has the slots that become free.
    ///
    /// All other news waits for the answer, so that it is of the boot and of the channels that were asked for.
    mutating func ask<Answer: Sendable>(
        in group: inout DiscardingTaskGroup,
        _ question: @escaping @Sendable (any EventQueue) async throws -> Answer
    ) async throws -> Answer {
        let (queue, mailbox) = (queue, mailbox)
        async let answer = mailbox.answer { try await question(queue) }
        while !mailbox.takeAnswer() {
            try await mailbox.wake.wait()
            finish(mailbox.takeFinished())
            startWaiting(in: &group)
        }
        // What woke us may have been other news.
        mailbox.wake.signal()
        return try await answer
    }

    private mutating func finish(_ attempts: [FinishedWork]) {
        for finished in attempts {
            if isHeldBack { mayClaim = true }
            guard let work = ledger.end(finished.number) else { continue }
            finish(work, finished)
        }
    }

    private mutating func finish(_ work: DeliveryWork, _ finished: FinishedWork) {
        let number = finished.number
        let now = finished.endedAt
        let schedule = work.channel.settings.retrySchedule
        let decision = DeliveryDecision(
            after: finished.outcome,
            attempts: work.attempts,
            schedule: schedule,
            deadline: work.deadline,
            now: now + clockOffset,
            jitter: .random(in: 0...1)
        )
        let channel = work.channel.id
        if let pause = decision.pause {
            metrics.askedToPause(work.channel.settings.type)
            holdBack(channel, for: pause, from: now)
        }
        if let opened = ledger.withSlots({ $0.record(finished.outcome, at: channel, now: now) }) {
            logger.warning(
                "a channel mostly fails; it is left alone for a while",
                metadata: ["channel": "\(work.channel.settings.name)", "for": "\(opened.text)"]
            )
            gates[channel] = max(gates[channel] ?? .zero, opened)
            metrics.circuitOpened(work.channel.settings.type)
            tellOpenCircuits()
        }
        if let reason = decision.disables { directory.disable(channel, reason: reason) }
        switch work.origin {
        case .delivery(let held):
            let end: Completion.DeliveryEnd =
                switch decision.end {
                case .sent: .sent(withSuccessor: work.successor)
                case .retry(let delay, let counts): .retry(delay: delay, countsAttempt: counts)
                case .dead(let reason): .dead(reason: reason)
                }
            ledger.report(
                .delivery(token: held.token, event: held.event, channel: held.channel, end: end),
                of: number
            )
        case .event(let fresh): finish(fresh, at: channel, decision.end, schedule: schedule, number: number)
        }
        tell(work, finished, decision.end)
    }

    private mutating func finish(
        _ fresh: DeliveryWork.FreshEvent,
        at channel: ChannelID,
        _ end: DeliveryDecision.End,
        schedule: RetrySchedule,
        number: Int
    ) {
        let delivery: RoutedEvent.Delivery
        switch end {
        case .sent:
            let hash = fresh.isOwnID ? fresh.hash : nil
            ledger.report(.event(token: fresh.token, id: fresh.id, hash: hash, end: .sent(channel)), of: number)
            return
        case .retry(let delay, let counts):
            delivery = RoutedEvent.Delivery(
                channel: channel,
                order: nil,
                deadline: schedule.deadline,
                delay: delay,
                attempts: counts ? 1 : 0
            )
        case .dead(let reason):
            // It is buried in the step that routes it, so that the reason is the receiver's answer, whoever comes first.
            delivery = RoutedEvent.Delivery(
                channel: channel,
                order: nil,
                deadline: .zero,
                attempts: 1,
                buried: reason
            )
        }
        ledger.report(RoutedEvent(fresh, delivery), of: number)
    }

    /// Gates that the queue has yet to be told of.
    private var gates: [ChannelID: Duration] = [:]

    private mutating func holdBack(_ channel: ChannelID, for pause: Duration, from now: Timestamp) {
        ledger.withSlots { $0.pause(channel, until: now + pause) }
        gates[channel] = max(gates[channel] ?? .zero, pause)
    }

    // MARK: What the queue is told

    private mutating func report(in group: inout DiscardingTaskGroup) async throws {
        let boot = boot
        if isHeldBack, !ledger.completions.isEmpty { mayClaim = true }
        while ledger.completions.count > (claimTellsOfEnds ? Self.reportBatch : 0) {
            let batch = ledger.completions.prefix(Self.reportBatch).map(\.value)
            let taken = try await ask(in: &group) { try await $0.complete(batch, as: boot) }
            completionsAreTold(batch.count, taken)
        }
        while !ledger.routes.isEmpty {
            let first = StepBound.prefix(of: ledger.routes, count: Self.reportBatch) { $0.value.body.count }
            let batch = first.map(\.value)
            let outcomes = try await ask(in: &group) { try await $0.route(batch, as: boot) }
            ledger.routesAreTold(batch.count)
            mayClaim = true
            for (routed, outcome) in zip(batch, outcomes) where outcome == .mismatch {
                logger.warning("an event's id is known with another body", metadata: ["event": "\(routed.id)"])
            }
        }
        while let (channel, duration) = gates.first {
            try await queue.gate(channel, for: duration)
            gates[channel] = nil
        }
    }

    /// Whether the claim that follows takes a batch of completions along.
    ///
    /// They go alone before what is to be routed, since a release takes back what is behind it in its order; and after a
    /// round that failed, so that no other step keeps them from being told.
    private var claimTellsOfEnds: Bool {
        mayClaim && snapshot != nil && canWork != false && ledger.routes.isEmpty && !mailbox.isStopping
            && ledger.free(told: Self.reportBatch) > 0
    }

    /// Forgets the first completions, which the queue has taken, or knew of.
    mutating func completionsAreTold(_ count: Int, _ taken: [Bool]) {
        ledger.completionsAreTold(count)
        let stale = taken.count { !$0 }
        guard stale > 0 else { return }
        // Its lease was lost, or the first report of it did arrive though the answer did not.
        logger.debug("the queue knew of ends already", metadata: ["count": "\(stale)"])
    }

    private mutating func sweepAndTidy() async throws {
        let now = time.now()
        if now >= nextSweep {
            // Three looks a lease find what a dead worker held soon enough.
            nextSweep = now + configuration.lease / 3
            tellOpenCircuits()
            let count = try await queue.sweep()
            if count > 0 {
                logger.notice("took over from a worker that died", metadata: ["count": "\(count)"])
                mayClaim = true
            }
        }
        if now >= nextTidy {
            nextTidy = now + Self.tidyInterval
            try await queue.tidy()
        }
        if let nextDue, now + clockOffset >= nextDue { mayClaim = true }
        if now >= nextBurial, snapshot != nil {
            nextBurial = now + Self.burialInterval
            try await buryWhatCannotBeSent()
        }
    }

    // MARK: Attempts

    mutating func start(_ work: DeliveryWork, in group: inout DiscardingTaskGroup) {
        let number = ledger.add(work)
        let (time, mailbox, message) = (time, mailbox, work.message)
        let sender = snapshot?.sender(work.channel.id)
        group.addTask {
            let startedAt = time.now()
            let outcome = await sender?.send(message) ?? SendOutcome(.failed(retryAfter: nil), error: "It is gone.")
            mailbox.finished(
                FinishedWork(number: number, outcome: outcome, startedAt: startedAt, endedAt: time.now())
            )
        }
    }

    // MARK: Waiting

    private mutating func wait(in group: inout DiscardingTaskGroup) async throws {
        var limit = Self.longestWait
        // Where all slots are taken, an attempt that ends wakes the loop, not the time.
        if ledger.free > 0, let nextDue {
            limit = min(limit, max(.milliseconds(5), nextDue - (time.now() + clockOffset)))
        }
        if let patienceEnds { limit = min(limit, max(.milliseconds(1), patienceEnds - time.now())) }
        if ledger.free > 0, snapshot != nil, waitingSince == nil {
            waitingSince = time.now()
            let (queue, mailbox, logger, time, upTo) = (queue, mailbox, logger, time, limit)
            group.addTask {
                do {
                    try await queue.wait(upTo: upTo)
                } catch {
                    // The claim that follows meets the same trouble; where it does not, this must be no hot loop.
                    logger.debug("the wait for events failed", metadata: ["error": "\(error)"])
                    try? await time.sleep(for: Self.failedWaitPause)
                }
                mailbox.waitIsOver()
            }
        }
        try await mailbox.wake.wait(upTo: limit, time: time)
    }

    private static func newBoot(at now: Timestamp) -> String { ULID.text(at: now, prefix: "notifier-") }
}
