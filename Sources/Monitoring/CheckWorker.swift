package import Logging
package import Metrics
internal import ServiceLifecycle
internal import Synchronization

/// Takes jobs from the stream, checks their sites in parallel, and records what it saw before it ends them.
///
/// Its memory is constant: it claims no more jobs than it has free slots for, and a slot is free again only when its job
/// has ended in the stream. A job that is not recorded yet, for want of a database, keeps its lease and its slot.
package final class CheckWorker: Service, ReadinessReporting {
    /// How the worker works.
    package struct Settings: Sendable, Equatable {
        /// Jobs held at once.
        package var concurrency: Int
        package var lease: Duration
        /// The interval that jobs of no registered site are judged by.
        package var defaultInterval: Duration
        /// How long a stopping worker lets its checks run on.
        package var grace: Duration

        package init(
            concurrency: Int = 256,
            lease: Duration = .seconds(5),
            defaultInterval: Duration = .seconds(60),
            grace: Duration = .seconds(10)
        ) {
            self.concurrency = concurrency
            self.lease = lease
            self.defaultInterval = defaultInterval
            self.grace = grace
        }
    }

    /// Results in one transaction.
    static let batchLimit = 500

    let stream: any JobStream
    private let sites: any SiteStore
    let store: any MonitoringStore
    private let probe: any Probe
    let settings: Settings
    let time: any TimeSource
    let logger: Logger
    let name: String
    private let executor: (any TaskExecutor)?
    let onRecord: @Sendable ([RecordedResult]) -> Void
    let metrics: CheckMetrics

    let desk: Watched<CheckDesk>
    let cache = Mutex(SiteCache())
    private let claiming: RoleHealth
    let recording: RoleHealth
    let renewing: RoleHealth
    /// The server's time less the local time; nil until the server was asked.
    private let offset = Mutex<Duration?>(nil)

    /// Makes a worker, whose `name` is unique per boot.
    ///
    /// `onRecord` is told of results that are committed; it must be short. `executor` is best where the stream's replies
    /// arrive.
    package init(
        stream: any JobStream,
        sites: any SiteStore,
        store: any MonitoringStore,
        probe: any Probe,
        settings: Settings,
        time: any TimeSource,
        name: String,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        executor: (any TaskExecutor)? = nil,
        onRecord: @escaping @Sendable ([RecordedResult]) -> Void = { _ in }
    ) {
        self.stream = stream
        self.sites = sites
        self.store = store
        self.probe = probe
        self.settings = settings
        self.time = time
        self.name = name
        var logger = logger
        logger[metadataKey: "region"] = "\(stream.region)"
        self.logger = logger
        self.executor = executor
        self.onRecord = onRecord
        self.metrics = CheckMetrics(metrics)
        desk = Watched(CheckDesk(capacity: settings.concurrency))
        claiming = RoleHealth(
            "the monitor's claiming of jobs",
            until: "the monitor has not reached the stream yet",
            time: time
        )
        recording = RoleHealth("the monitor's recording of results", until: nil, time: time)
        renewing = RoleHealth("the monitor's renewal of leases", until: nil, time: time)
    }

    package var readiness: Readiness {
        [claiming, recording, renewing].map(\.readiness).first { $0 != .ready } ?? .ready
    }

    /// Jobs that are in hand now.
    package var heldCount: Int { desk.withLock { $0.held.count } }

    package func run() async throws {
        logger.info("monitor started", metadata: ["concurrency": "\(settings.concurrency)", "worker": "\(name)"])
        await withGracefulShutdownHandler {
            await withTaskExecutorPreference(self.executor) { await self.work() }
        } onGracefulShutdown: {
            self.desk.withLock { $0.isClosing = true }
        }
        logger.info("monitor ended")
    }

    private func work() async {
        await withTaskGroup(of: Void.self) { services in
            services.addTask { await self.recordResults() }
            services.addTask { await self.renewLeases() }
            // Returns when the worker is closing and all that it held has ended, or the grace is over.
            await self.claimAndCheck()
            services.cancelAll()
        }
        await giveBack()
    }

    // MARK: Claiming

    private func claimAndCheck() async {
        await withDiscardingTaskGroup { checks in
            await claimJobs(into: &checks)
            await drain()
            checks.cancelAll()
        }
    }

    /// Lets what is held come to its end, for as long as the grace allows.
    private func drain() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await self.desk.wait { $0.held.isEmpty ? true : nil } }
            group.addTask { _ = try? await self.time.sleep(for: self.settings.grace) }
            await group.next()
            group.cancelAll()
        }
    }

    private func claimJobs(into checks: inout DiscardingTaskGroup) async {
        var backoff = Backoff()
        var lastTakeOver: Timestamp?
        while !Task.isCancelled {
            do {
                // Checks take what time they need.
                claiming.rests()
                let free = try await desk.wait { $0.isClosing ? 0 : $0.free > 0 ? $0.free : nil }
                if free == 0 { return }
                claiming.isBusy()
                // Before it judges any job: its own clock may be an hour off.
                if offset.withLock({ $0 == nil }) { try await readServerTime() }
                let now = time.now()
                let untilTakeOver = lastTakeOver.map { longestWait - (now - $0) } ?? .zero
                let jobs: [HeldJob]
                if untilTakeOver <= .zero {
                    lastTakeOver = now
                    jobs = try await stream.takeOver(as: name, idleFor: settings.lease, limit: free)
                } else {
                    jobs = try await claim(limit: free, wait: untilTakeOver)
                }
                claiming.works()
                try await begin(jobs, in: &checks)
                backoff.reset()
            } catch is CancellationError {
                return
            } catch {
                if Task.isCancelled { return }
                let pause = backoff.next()
                claiming.fails("the monitor can't take jobs: \(error)")
                logger.warning(
                    "taking jobs failed; trying again",
                    metadata: ["error": "\(error)", "in": "\(pause.text)"]
                )
                await waitUnlessClosing(pause)
            }
        }
    }

    /// How long it waits for jobs before it looks again for what can be taken over, which has to be more often than leases
    /// run out: the stream takes a longer silence for its own.
    private var longestWait: Duration { min(.seconds(1), settings.lease / 3) }

    /// Claims jobs, waiting for a while, or until the worker is closing.
    private func claim(limit: Int, wait: Duration) async throws -> [HeldJob] {
        try await withThrowingTaskGroup(of: [HeldJob]?.self) { group in
            group.addTask { try await self.stream.claim(as: self.name, limit: limit, wait: wait) }
            group.addTask {
                _ = try? await self.desk.wait { $0.isClosing ? true : nil }
                return nil
            }
            var first = try await group.next()
            group.cancelAll()
            // What the server had handed over when the wait was given up comes back all the same.
            if case .some(.none) = first { first = try await group.next() }
            return (first ?? nil) ?? []
        }
    }

    /// Starts the checks of jobs, wherever they come from; one that may have killed its workers runs with nothing beside it.
    private func begin(_ jobs: [HeldJob], in checks: inout DiscardingTaskGroup) async throws {
        // All of them at once: what is on the desk keeps its lease, and is given back whatever happens here.
        let jobs = desk.withLock { $0.take(jobs) }
        guard !jobs.isEmpty else { return }
        let innocent = jobs.filter { $0.crashes < HeldJob.crashesToIsolate }
        let killers = jobs.filter { $0.crashes >= HeldJob.crashesToBury }
        let suspects = jobs.filter { HeldJob.crashesToIsolate..<HeldJob.crashesToBury ~= $0.crashes }
        for job in killers {
            logger.error("a job is buried: its worker died each time that it ran alone", metadata: metadata(of: job))
            desk.withLock { $0.finish(CheckDesk.Finished(id: job.id, outcome: outcome(of: job, .buried))) }
        }
        guard await giveBack(suspects.dropFirst().map(\.id)) else { throw CancellationError() }
        for check in try await prepare(innocent) { checks.addTask { await check() } }
        if let suspect = suspects.first { try await runAlone(suspect, in: &checks) }
    }

    private func runAlone(_ suspect: HeldJob, in checks: inout DiscardingTaskGroup) async throws {
        logger.warning("a job whose workers have died runs alone", metadata: metadata(of: suspect))
        claiming.rests()
        _ = try await desk.wait { $0.held == [suspect.id] || $0.isClosing ? true : nil }
        if desk.withLock({ $0.isClosing }) {
            // At once: what is held is waited for, and this one would never begin.
            _ = await giveBack([suspect.id])
            return
        }
        let isIsolated =
            await untilDone("a suspect job can't be run alone yet; trying again", claiming) {
                try await self.stream.isolate(suspect.id, as: self.name)
            } != nil
        guard isIsolated else { throw CancellationError() }
        for check in try await prepare([suspect]) { checks.addTask { await check() } }
        claiming.rests()
        _ = try await desk.wait { $0.held.isEmpty || $0.isClosing ? true : nil }
    }

    /// Gives jobs back that this worker has no use for now; false when cancelled.
    private func giveBack(_ ids: [HeldJob.ID]) async -> Bool {
        guard !ids.isEmpty else { return true }
        let isDone =
            await untilDone("giving jobs back failed; trying again", claiming) {
                try await self.stream.release(ids, as: self.name)
            } != nil
        desk.withLock { $0.release(ids) }
        return isDone
    }

    private func metadata(of job: HeldJob) -> Logger.Metadata {
        ["websiteId": "\(job.job.websiteID)", "url": "\(job.job.url)", "crashes": "\(job.crashes)"]
    }

    /// Loads the sites of the jobs in one query and says what is to be done for each.
    private func prepare(_ jobs: [HeldJob]) async throws -> [@Sendable () async -> Void] {
        var backoff = Backoff()
        let missing = cache.withLock { $0.missing(for: jobs) }
        while !missing.isEmpty {
            do {
                let loaded = try await sites.sites(missing)
                cache.withLock { $0.insert(loaded, askedFor: missing) }
                break
            } catch let error where !(error is CancellationError) {
                // The jobs are held, and their leases renewed, until the database is back.
                if desk.withLock({ $0.isClosing }) { throw CancellationError() }
                let pause = backoff.next()
                claiming.fails("the monitor can't read its sites: \(error)")
                logger.warning(
                    "the sites can't be read; trying again",
                    metadata: ["error": "\(error)", "in": "\(pause.text)"]
                )
                try await time.sleep(for: pause)
            }
        }
        let now = serverTime
        return jobs.map { held in
            let site = held.job.siteID.flatMap { id in cache.withLock { $0[id] } }
            let triage = JobTriage.decide(held, site: site, now: now, defaultInterval: settings.defaultInterval)
            return { await self.work(on: held, triage) }
        }
    }

    private var serverTime: Timestamp { time.now() + offset.withLock { $0 ?? .zero } }

    /// Asks the server for its time.
    func readServerTime() async throws {
        let before = time.now()
        let now = try await stream.backlog().now
        offset.withLock { $0 = now - before }
    }

    // MARK: Checking

    private func work(on held: HeldJob, _ triage: JobTriage) async {
        let outcome: CheckDesk.Finished.Outcome
        switch triage {
        case .end(let end):
            outcome = self.outcome(of: held, end)
        case .checkForeign(let target):
            let observation = await probe.check(target)
            logger.info(
                "checked a job of a foreign producer",
                metadata: [
                    "websiteId": "\(held.job.websiteID)", "url": "\(held.job.url)", "verdict": "\(observation.verdict)",
                ]
            )
            outcome = .end(.unstored)
        case .check(let site):
            metrics.begun(after: serverTime - held.slot)
            guard let result = await check(site, slot: held.slot) else { return }
            outcome = .result(result)
        }
        desk.withLock { $0.finish(CheckDesk.Finished(id: held.id, outcome: outcome)) }
    }

    /// The end of a job that is not checked: of a registered site it is the database that ends the slot.
    private func outcome(of held: HeldJob, _ end: JobEnd) -> CheckDesk.Finished.Outcome {
        guard let site = held.job.siteID, let slotEnd = end.slotEnd else { return .end(end) }
        return .close(SlotClosing(site: site, region: stream.region, slot: held.slot, end: slotEnd))
    }

    /// Checks a site until its verdict is confirmed or the slot is over; nil when cancelled.
    private func check(_ site: Site, slot: Timestamp) async -> CheckResult? {
        let target = ProbeTarget(site)
        let confirm = site.settings.confirm
        let needed = cache.withLock { $0.wasDown(site, before: slot) } ? 1 : confirm.failures
        var attempts = 0
        while true {
            attempts += 1
            let startedAt = serverTime
            let observation = await probe.check(target)
            if Task.isCancelled { return nil }
            let result = CheckResult(
                site: site.id,
                region: stream.region,
                slot: slot,
                revision: site.revision,
                startedAt: startedAt,
                observation: observation,
                attempts: attempts
            )
            // What doesn't fit before the next slot counts on in the next.
            let next = serverTime + confirm.interval
            let isConfirmed = observation.verdict != .down || attempts >= needed
            guard !isConfirmed, next < slot + site.interval, !desk.withLock({ $0.isClosing }) else { return result }
            await waitUnlessClosing(confirm.interval)
            if Task.isCancelled { return nil }
            if desk.withLock({ $0.isClosing }) { return result }
        }
    }

    /// Waits for a span of time, or until the worker is closing.
    private func waitUnlessClosing(_ pause: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await self.time.sleep(for: pause) }
            group.addTask { _ = try? await self.desk.wait { $0.isClosing ? true : nil } }
            await group.next()
            group.cancelAll()
        }
    }

    /// Gives back what could not be finished, and leaves the group.
    private func giveBack() async {
        let held = desk.withLock { Array($0.held) }
        // A task of its own, awaited here, because this one may be cancelled already.
        let result = await Task { [stream, name] in
            if !held.isEmpty { try await stream.release(held, as: name) }
            try await stream.leave(name)
        }.result
        if case .failure(let error) = result {
            logger.debug(
                "jobs were not given back; their leases run out by themselves",
                metadata: ["error": "\(error)"]
            )
        }
    }
}
