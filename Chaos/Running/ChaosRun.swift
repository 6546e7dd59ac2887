internal import Monitoring
internal import Notifications
internal import Synchronization
internal import TestSupport

/// One run: starts everything, hits it while it works, lets it come to rest, and judges.
final class ChaosRun: Sendable {
    let options: ChaosOptions
    /// Where all files and logs are.
    let folder: String
    private let receptions: Receptions
    private let history = FaultHistory()
    /// Set when sites are to stay up from now on.
    private let areSitesWell = Turn()
    private let unsettled = Mutex(ViolationLog())

    init(_ options: ChaosOptions, folder: String) {
        self.options = options
        self.folder = folder
        receptions = Receptions(seed: options.seed)
    }

    /// Runs to the end; everything that was started has ended then.
    func run() async throws -> Report {
        let receptions = receptions
        return try await LocalReceiver.with({ _, request in receptions.answer(request) }, keepsRequests: false) {
            receivers in
            try await withSites { sites in
                switch options.broker {
                case .embedded: try await run(receivers, sites, redis: nil, postgres: nil)
                case .redis:
                    try await withRedisServer(
                        in: folder,
                        // What happened is read from the log, so it is never rewritten.
                        arguments: ["--auto-aof-rewrite-percentage", "0"],
                        appendOnly: true,
                        fsync: options.sync.rawValue
                    ) { redis in
                        switch options.database {
                        case .sqlite: try await run(receivers, sites, redis: redis, postgres: nil)
                        case .postgres:
                            try await withPostgresServer {
                                try await run(receivers, sites, redis: redis, postgres: $0)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Websites, told apart by their paths, that go down and up by the script.
    private func withSites<Result>(_ body: (LocalReceiver) async throws -> Result) async throws -> Result {
        let script = SiteScript(seed: options.seed, start: unixTime(), part: 2 * options.interval.milliseconds)
        let areSitesWell = areSitesWell
        return try await LocalReceiver.with(
            { _, request in
                let number = request.path.split(separator: "/").last.flatMap { Int($0) } ?? 0
                let now = unixTime()
                guard areSitesWell.hasCome || script.isUp(number, at: now) else {
                    return number.isMultiple(of: 2) ? .close : .respond(status: 503)
                }
                return .later(.milliseconds(script.delay(number, at: now)), status: 200, body: "well")
            },
            keepsRequests: false,
            body
        )
    }

    private func run(
        _ receivers: LocalReceiver,
        _ sites: LocalReceiver,
        redis: RedisServer?,
        postgres: PostgresServer?
    ) async throws -> Report {
        let database = try await postgres?.makeDatabase(named: "tocsin")
        let common =
            [
                "--interval", "\(options.interval.components.seconds)s",
                "--set", "lease=\(options.lease.components.seconds)s", "--set", "channels.console=false",
                "--set", "notifier.concurrency=\(ChaosOptions.notifierConcurrency)", "--set", "monitor.concurrency=64",
            ] + (redis.map { ["--broker", $0.url] } ?? []) + (database.map { ["--database", $0] } ?? [])
        return try await withTocsin(in: folder, common) { workspace in
            let fleet = Fleet(broker: options.broker, workspace: workspace)
            let broker = try redis.map { try BrokerFaults($0) }
            let store =
                try database.map { try StoreReader(postgres: $0, folder: folder) }
                ?? StoreReader(sqlite: "\(folder)/tocsin.db")
            do {
                let report = try await run(receivers, sites, fleet, broker, postgres.map { StoreFaults($0) }, store)
                await broker?.close()
                return report
            } catch {
                await broker?.close()
                throw error
            }
        }
    }

    private func run(
        _ receivers: LocalReceiver,
        _ sites: LocalReceiver,
        _ fleet: Fleet,
        _ broker: BrokerFaults?,
        _ storeFaults: StoreFaults?,
        _ store: StoreReader
    ) async throws -> Report {
        Progress.say("seed \(options.seed), files in \(folder)")
        let first = fleet.members[0]
        try await first.start()
        guard let server = first.server else { throw TocsinProcess.Failure("there is no API") }
        let stage = Stage(server: server)
        let journal = SQLiteJournal(path: "\(folder)/tocsin.db")
        if broker == nil { try journal.install() }
        let channels = try await stage.makeChannels(to: receivers)
        let siteIDs = try await stage.addSites(options.sites, at: sites)
        let registered = unixTime()
        try await fleet.start { $0 !== first }

        let load = Load(options, fleet: fleet, receptions: receptions)
        let deadLetters = try await withThrowingTaskGroup(of: Void.self) { helpers in
            helpers.addTask { try await fleet.supervise() }
            helpers.addTask { try await self.tell(load) }
            defer { helpers.cancelAll() }
            try await disturb(fleet, broker, storeFaults, load)
            return try await settle(fleet)
        }
        return try await Judgement(
            options: options,
            store: store,
            folder: folder,
            siteIDs: siteIDs,
            registered: registered,
            channels: channels,
            deadLetters: deadLetters,
            faults: FaultAccount(
                records: history.records,
                members: fleet.names,
                lease: options.lease.components.seconds * 1_000
            ),
            receptions: receptions,
            memory: fleet.recordedMemory,
            others: [fleet.recordedViolations, unsettled.withLock { $0 }, receptions.violations]
        ).report()
    }

    /// Says now and then how far it has come.
    private func tell(_ load: Load) async throws {
        while true {
            try await Task.sleep(for: max(.seconds(10), options.duration / 60))
            let deliveries = receptions.deliveries
            Progress.say(
                "\(history.records.count) faults, \(history.kills) kills; \(load.begun) events begun, "
                    + "\(deliveries.accepted) accepted; \(deliveries.delivered) deliveries, \(deliveries.repeats) repeats"
            )
        }
    }

    private func disturb(
        _ fleet: Fleet,
        _ broker: BrokerFaults?,
        _ store: StoreFaults?,
        _ load: Load
    ) async throws {
        let end = ContinuousClock.now + options.duration
        let (history, options) = (history, options)
        let isOver = { @Sendable in ContinuousClock.now >= end && history.kills >= options.kills }
        let isCalm = Turn()
        let injector = FaultInjector(fleet: fleet, broker: broker, store: store, history: history)
        let plan = FaultPlan(
            seed: options.seed,
            broker: options.broker,
            database: options.database,
            every: options.every,
            lease: options.lease
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            // The load goes on until the last that was hit runs again.
            let sending = Task { try await load.run { isCalm.hasCome } }
            group.addTask {
                try await injector.run(plan, until: isOver)
                isCalm.come()
            }
            defer { sending.cancel() }
            try await group.waitForAll()
            let isDone = try await within(options.settle) { try await sending.value }
            if !isDone { unsettled.withLock { $0.add(.neverSettled, "not every event was accepted") } }
        }
    }

    /// Lets the system come to rest: first with all roles, then without pushers.
    ///
    /// - Returns: The dead letters, while there is an API to ask.
    private func settle(_ fleet: Fleet) async throws -> [(event: String, channel: String)] {
        Progress.say("letting it come to rest")
        areSitesWell.come()
        guard let server = fleet.servers.first else { return [] }
        // Each site is seen to be well, and told to be.
        try await rest("all sites are up", server) { try await $0.areSitesUp() }
        try await rest("the event queue is empty", server) { try await $0.isQueueEmpty() }
        // One process that does everything ends in order instead, and may leave jobs that nobody has begun.
        if options.broker == .redis {
            try await fleet.end { $0.target == .pusher }
            try await rest("the stream is empty", server) { try await $0.isStreamEmpty() }
            // The last results may have made transitions, and those events.
            try await Task.sleep(for: .seconds(2))
            try await rest("the event queue is empty", server) { try await $0.isQueueEmpty() }
        }
        let letters = try await Stage(server: server).deadLetters()
        try await fleet.end { _ in true }
        return letters
    }

    private func rest(
        _ what: String,
        _ server: TocsinServerUnderTest,
        _ condition: (Stage) async throws -> Bool
    ) async throws {
        do {
            try await eventually(what, within: options.settle) { try await condition(Stage(server: server)) }
        } catch let error as NeverHappened {
            let status = try await server.get("/v1/status").text
            unsettled.withLock { $0.add(.neverSettled, "\(error); \(status)") }
        }
    }
}
