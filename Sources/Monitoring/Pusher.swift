package import Logging
package import Metrics
internal import ServiceLifecycle

/// Puts a job into the stream for every slot that falls due, one bounded page after the other.
///
/// One pusher leads a region; the others stand by and go on from the mark when its lease ends.
package final class Pusher: Service, ReadinessReporting {
    /// How the pusher paces itself.
    package struct Settings: Sendable, Equatable {
        package var batchSize: Int
        package var schedule: Schedule
        /// Jobs waiting and held from which on the pusher waits.
        package var highWater: Int
        /// The time between two looks at the schedule; shorter where intervals are, or where a look finds a page and more.
        package var tick: Duration
        package var lease: Duration

        package init(
            batchSize: Int = 200,
            schedule: Schedule = .spread,
            highWater: Int = 80_000,
            tick: Duration = .seconds(1),
            lease: Duration = .seconds(5)
        ) {
            self.batchSize = batchSize
            self.schedule = schedule
            self.highWater = highWater
            self.tick = tick
            self.lease = lease
        }
    }

    private let stream: any JobStream
    private let store: any ScheduleStore
    private let settings: Settings
    private let time: any TimeSource
    private let logger: Logger
    private let holder: String
    private let health: RoleHealth
    private let metrics: PusherMetrics
    private let executor: (any TaskExecutor)?

    /// Makes a pusher of the stream's region; `holder` is unique per boot, and `executor` best where the stream's replies
    /// arrive.
    package init(
        stream: any JobStream,
        store: any ScheduleStore,
        settings: Settings,
        time: any TimeSource,
        holder: String,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        executor: (any TaskExecutor)? = nil
    ) {
        self.executor = executor
        self.stream = stream
        self.store = store
        self.settings = settings
        self.time = time
        self.holder = holder
        self.metrics = PusherMetrics(metrics)
        var logger = logger
        logger[metadataKey: "region"] = "\(stream.region)"
        self.logger = logger
        health = RoleHealth("the pusher", until: "the pusher has not reached the stream yet", time: time)
    }

    package var readiness: Readiness { health.readiness }

    package func run() async throws {
        logger.info(
            "pusher started",
            metadata: [
                "schedule": "\(settings.schedule)", "batchSize": "\(settings.batchSize)",
                "highWater": "\(settings.highWater)", "holder": "\(holder)",
            ]
        )
        await cancelWhenGracefulShutdown {
            await withTaskExecutorPreference(self.executor) { await self.push() }
        }
        logger.info("pusher ended")
    }

    private func push() async {
        var backoff = Backoff()
        var lead: Leadership?
        var memory = PushMemory()
        // Leases are kept, and taken over, only by those who look more often than they run out.
        let longest = min(settings.tick, settings.lease / 3)
        while !Task.isCancelled {
            var pause = longest
            health.isBusy()
            do {
                if let leadership = try await stream.lead(as: holder, lease: settings.lease) {
                    if lead == nil { logger.info("pusher leads", metadata: ["epoch": "\(leadership.epoch)"]) }
                    lead = leadership
                    metrics.leads(leadership)
                    var tick = Tick(leadership: leadership, memory: memory, pusher: self)
                    defer { memory = tick.memory }
                    pause = min(try await tick.run(), longest)
                } else {
                    if lead != nil { logger.notice("pusher stands by: another has taken the lead") }
                    lead = nil
                    metrics.standsBy()
                }
                backoff.reset()
                health.works()
            } catch is CancellationError {
                break
            } catch let error where Self.isSuperseded(error) {
                logger.notice("pusher stands by: another has taken the lead")
                lead = nil
                metrics.standsBy()
            } catch {
                if Task.isCancelled { break }
                pause = backoff.next()
                // Who can't reach the broker can't keep the lead either.
                metrics.standsBy()
                health.fails("the pusher can't push: \(error)")
                logger.warning("pushing failed; trying again", metadata: ["error": "\(error)", "in": "\(pause.text)"])
            }
            health.rests()
            do { try await time.sleep(for: pause) } catch { break }
        }
        if let lead { await resign(lead) }
    }

    /// Whether the broker or the database says that another pusher has taken over.
    private static func isSuperseded(_ error: any Error) -> Bool {
        (error as? JobStreamError)?.code == .superseded || (error as? StoreError)?.code == .superseded
    }

    /// Lets a standby take over at once.
    ///
    /// Without it the lease runs out by itself, so a failure is only told.
    private func resign(_ leadership: Leadership) async {
        // A task of its own, awaited here, because this one is cancelled already.
        let result = await Task { [stream] in try await stream.resign(leadership) }.result
        if case .failure(let error) = result {
            logger.debug("the lead was not given up; it runs out by itself", metadata: ["error": "\(error)"])
        }
    }

    /// A page of the schedule, ready to be pushed.
    ///
    /// The next one is made while the last is on its way to the stream.
    private struct ReadPage {
        let query: DueQuery
        /// One more than the page has where another follows.
        let slots: [DueSlot]
        let jobs: JobPage
    }

    private func readAhead(_ query: DueQuery?) async throws -> ReadPage? {
        guard let query else { return nil }
        // What is to be written goes first.
        await Task.yield()
        return try await read(query)
    }

    private func read(_ query: DueQuery) async throws -> ReadPage {
        let slots = try await store.due(query)
        return ReadPage(query: query, slots: slots, jobs: page(of: slots.prefix(settings.batchSize)))
    }

    private func page(of slots: some Collection<DueSlot>) -> JobPage {
        stream.page(
            of: slots.map {
                CheckJob(websiteID: $0.site.description, url: $0.url, slot: $0.slot, revision: $0.revision)
            }
        )
    }

    /// One look at the schedule: everything that has fallen due since the mark.
    private struct Tick {
        /// How far ahead the database is told what may be pushed, so that it need not be told at each page.
        static let horizon = Duration.seconds(30)

        var leadership: Leadership
        var memory: PushMemory
        let pusher: Pusher
        /// When, by the local clock, the server's time was `leadership.now`.
        var syncedAt: Timestamp
        /// How many more jobs fit below the high-water mark, as far as is known.
        var room = 0
        var backlog: Backlog?
        var batches = 0
        var pushed = 0
        var missed = 0
        var isWaiting = false

        init(leadership: Leadership, memory: PushMemory, pusher: Pusher) {
            self.leadership = leadership
            self.memory = memory
            self.pusher = pusher
            syncedAt = pusher.time.now()
        }

        /// The server's present time.
        private var now: Timestamp { leadership.now + (pusher.time.now() - syncedAt) }

        /// Pushes what is due.
        ///
        /// - Returns: How long to pause before the next tick.
        mutating func run() async throws -> Duration {
            let settings = pusher.settings
            let startedAt = pusher.time.now()
            let intervals = try await pusher.store.intervals(region: pusher.stream.region)
            let pause = max(min(settings.tick, (intervals.first ?? settings.tick) / 4), .milliseconds(100))
            let isCertain = memory.relies(on: leadership)
            // Until the window is complete: what fails on the way leaves a mark that nobody can be sure of.
            memory.forgetMark()
            let term = try await beginTerm(isCertain: isCertain)
            guard
                var window = PushWindow(
                    after: leadership.mark,
                    doubt: isCertain ? nil : memory.progress,
                    now: leadership.now,
                    tick: settings.tick,
                    region: pusher.stream.region,
                    schedule: settings.schedule,
                    intervals: intervals
                )
            else {
                if isCertain { memory.remember(leadership.mark, of: leadership) }
                return pause
            }
            if leadership.mark == nil, let progress = window.doubt {
                pusher.logger.warning(
                    "the broker has lost the stream's mark; slots without a result are pushed again, or counted as missed",
                    metadata: ["since": "\(progress.settled)", "pushedUpTo": "\(progress.horizon)"]
                )
            }
            try await extendHorizon(for: window, isCertain: isCertain, in: term)
            if leadership.mark.map({ $0.through > leadership.now + settings.tick }) ?? false {
                pusher.logger.warning("the mark was ahead of the server's time and is set to now")
            }

            var isMarkBehind = window.mark != leadership.mark
            // Slots grow old while they are read or wait. While gaps are recorded they must not: what has become old meanwhile
            // would be the next gap, and so on for a whole interval, in which nothing is pushed.
            var judgedAt = now
            var ahead: ReadPage?
            while true {
                pusher.health.isBusy()
                try await keepLead()
                switch window.next(now: judgedAt) {
                case .recordGap(let gap):
                    countMissed(try await pusher.store.recordGap(gap, in: term))
                    window.missed(gap)
                    // The mark follows at once, so that the gap is not met again by another leader.
                    try await pusher.stream.push([], mark: window.mark, under: leadership)
                    isMarkBehind = false
                case .sift(let interval, let after, let through):
                    let query = query(interval, after: after, through: through, limit: settings.batchSize)
                    let slots = try await pusher.store.due(query)
                    countMissed(try await pusher.store.recordMissed(slots, of: query, in: term))
                    window.sifted(slots, through: through, limit: query.limit)
                    isMarkBehind = true
                case .read(let interval, let after):
                    judgedAt = now
                    guard try await hasRoom() else {
                        // Sites may change meanwhile.
                        ahead = nil
                        continue
                    }
                    let query = query(interval, after: after, through: window.through, limit: settings.batchSize + 1)
                    let read = if let ahead, ahead.query == query { ahead } else { try await pusher.read(query) }
                    var jobs = read.jobs
                    let page = window.read(read.slots, size: settings.batchSize)
                    if window.doubt != nil {
                        jobs = pusher.page(of: try await pusher.store.unended(Array(page), of: query))
                    }
                    if jobs.count == 0 {
                        isMarkBehind = true
                    } else {
                        let query = nextQuery(of: window, now: judgedAt, behind: jobs.count)
                        async let next = pusher.readAhead(query)
                        try await push(jobs, mark: window.mark)
                        ahead = try await next
                        isMarkBehind = false
                    }
                case .done:
                    if isMarkBehind { try await pusher.stream.push([], mark: window.mark, under: leadership) }
                    memory.remember(window.mark, of: leadership)
                    report(since: startedAt)
                    // Where there is much, it goes out evenly, so that the workers meet no burst each second.
                    return pushed < settings.batchSize ? pause : max(pause / 4, .milliseconds(100))
                }
            }
        }

        /// Makes sure that only this leader writes to the database from now on.
        ///
        /// The lead is confirmed after the term has begun. So whoever takes the lead later begins a later term.
        private mutating func beginTerm(isCertain: Bool) async throws -> PushTerm {
            if isCertain, let term = memory.term { return term }
            let term = try await pusher.store.beginTerm(region: pusher.stream.region)
            try await confirmLead()
            memory.term = term
            memory.progress = try await pusher.store.progress(region: pusher.stream.region)
            return term
        }

        private func query(
            _ interval: Duration,
            after: SlotCursor,
            through: Timestamp,
            limit: Int
        ) -> DueQuery {
            DueQuery(
                region: pusher.stream.region,
                schedule: pusher.settings.schedule,
                interval: interval,
                after: after,
                through: through,
                limit: limit
            )
        }

        /// What will be read once a page of this size is pushed; nil where something else comes first.
        private func nextQuery(of window: PushWindow, now: Timestamp, behind count: Int) -> DueQuery? {
            guard room > count, case .read(let interval, let after) = window.next(now: now) else { return nil }
            return query(interval, after: after, through: window.through, limit: pusher.settings.batchSize + 1)
        }

        /// Tells the database how far this window may push, before it does.
        ///
        /// At the same time it is told what has ended for good: of a complete mark, all that was pushed before the oldest job
        /// that is left.
        private mutating func extendHorizon(
            for window: PushWindow,
            isCertain: Bool,
            in term: PushTerm
        ) async throws {
            var progress = memory.progress ?? PushProgress(settled: window.from, horizon: window.from)
            guard memory.progress == nil || window.through > progress.horizon else { return }
            if isCertain, let mark = leadership.mark, mark.position == nil {
                let oldest = try await pusher.stream.backlog().oldest ?? mark.through
                progress.settled = max(progress.settled, min(oldest, mark.through))
            }
            progress.extend(to: window.through + Self.horizon, at: leadership.now)
            try await pusher.store.advance(progress, region: pusher.stream.region, in: term)
            memory.progress = progress
        }

        private mutating func push(_ page: JobPage, mark: Mark) async throws {
            try await page.push(mark: mark, under: leadership)
            batches += 1
            pushed += page.count
            pusher.metrics.pages.increment()
            pusher.metrics.slots.increment(by: page.count)
            room -= page.count
            pusher.logger.debug("batch pushed", metadata: ["batch": "\(batches)", "size": "\(page.count)"])
        }

        /// Renews the lease when a third of it is over.
        private mutating func keepLead() async throws {
            guard pusher.time.now() - syncedAt >= pusher.settings.lease / 3 else { return }
            try await confirmLead()
        }

        private mutating func confirmLead() async throws {
            guard let renewed = try await pusher.stream.lead(as: pusher.holder, lease: pusher.settings.lease),
                renewed.epoch == leadership.epoch
            else { throw JobStreamError(.superseded, "another pusher has taken the lead") }
            leadership = Leadership(
                holder: renewed.holder,
                epoch: renewed.epoch,
                mark: leadership.mark,
                now: renewed.now
            )
            syncedAt = pusher.time.now()
        }

        /// Whether another page may be pushed; waits a little where the backlog has reached the high-water mark.
        private mutating func hasRoom() async throws -> Bool {
            if room > 0 { return true }
            let backlog = try await pusher.stream.backlog()
            if let trimmed = memory.trimmed, backlog.trimmed > trimmed { warnOfTrimming(backlog.trimmed - trimmed) }
            memory.trimmed = backlog.trimmed
            self.backlog = backlog
            room = pusher.settings.highWater - backlog.depth
            if room > 0 {
                isWaiting = false
                return true
            }
            if !isWaiting {
                pusher.logger.notice(
                    "the backlog has reached its high-water mark; waiting for the monitors",
                    metadata: ["backlog": "\(backlog.depth)", "highWater": "\(pusher.settings.highWater)"]
                )
            }
            isWaiting = true
            pusher.metrics.pauses.increment()
            try await pusher.time.sleep(for: min(.milliseconds(250), pusher.settings.tick))
            return false
        }

        private mutating func countMissed(_ count: Int) {
            missed += count
            pusher.metrics.missed.increment(by: count)
        }

        private func warnOfTrimming(_ count: Int) {
            pusher.logger.warning(
                "the stream is full and has dropped its oldest jobs; run more monitors or raise stream.maxLength",
                metadata: ["dropped": "\(count)"]
            )
        }

        private func report(since startedAt: Timestamp) {
            guard pushed > 0 || missed > 0 else { return }
            var metadata: Logger.Metadata = [
                "sites": "\(pushed)", "batches": "\(batches)",
                "seconds": "\(Double((pusher.time.now() - startedAt).milliseconds) / 1_000)",
                "backlog": "\((backlog?.depth ?? 0) + pushed)",
            ]
            if missed > 0 { metadata["missed"] = "\(missed)" }
            pusher.logger.info("tick", metadata: metadata)
        }
    }
}
