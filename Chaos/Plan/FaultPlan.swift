/// The faults of a run in their order, which depends on nothing but the seed.
///
/// They are dealt from a shuffled deck, so that each kind has its share also in a short run.
struct FaultPlan: Sequence, IteratorProtocol {
    /// One fault and what its execution needs.
    struct Step: Hashable, Sendable {
        let fault: Fault
        /// The wait before it.
        let pause: Duration
        /// How long it lasts: until the new start after a kill, until SIGCONT after a stop.
        let hold: Duration
        /// Chooses among the processes of a role.
        let choice: UInt64
    }

    private let every: Duration
    private let lease: Duration
    private let cards: [Fault]
    private var deck: [Fault] = []
    private var generator: SeededGenerator

    /// Plans for a set of processes.
    ///
    /// - Parameters:
    ///   - seed: The run's.
    ///   - broker: Decides what there is to hit.
    ///   - database: As well.
    ///   - every: The mean pause between two faults.
    ///   - lease: What a stop outlasts.
    init(
        seed: UInt64,
        broker: ChaosOptions.Broker,
        database: ChaosOptions.Database = .sqlite,
        every: Duration,
        lease: Duration
    ) {
        self.every = every
        self.lease = lease
        cards = Self.deck(for: broker, database)
        generator = SeededGenerator(seed: seed, part: 1)
    }

    mutating func next() -> Step? {
        if deck.isEmpty { deck = cards.shuffled(using: &generator) }
        guard let fault = deck.popLast() else { return nil }
        return Step(
            fault: fault,
            pause: every * Double.random(in: 0.5...1.5, using: &generator),
            hold: hold(of: fault),
            choice: generator.next()
        )
    }

    private mutating func hold(of fault: Fault) -> Duration {
        switch fault.kind {
        case .kill:
            .milliseconds(
                Int64.random(in: 0...([.redis, .postgres].contains(fault.target) ? 1_000 : 500), using: &generator)
            )
        case .stop: lease * Double.random(in: 1.2...1.8, using: &generator)
        case .fill: .milliseconds(Int64.random(in: 1_500...3_000, using: &generator))
        case .restart, .disconnect: .zero
        }
    }

    /// Twenty kills of roles come with two of Redis.
    private static func deck(for broker: ChaosOptions.Broker, _ database: ChaosOptions.Database) -> [Fault] {
        func cards(_ count: Int, _ kind: Fault.Kind, _ targets: Fault.Target...) -> [Fault] {
            targets.flatMap { Array(repeating: Fault(kind: kind, target: $0), count: count) }
        }
        switch broker {
        case .redis:
            return cards(5, .kill, .pusher, .monitor, .api, .notifier) + cards(2, .kill, .redis)
                + cards(2, .stop, .pusher, .monitor, .notifier) + cards(1, .stop, .api, .redis)
                + cards(1, .restart, .pusher, .monitor, .api, .notifier) + cards(4, .disconnect, .redis)
                + cards(1, .fill, .redis)
                + (database == .postgres ? cards(2, .kill, .postgres) + cards(1, .stop, .postgres) : [])
        case .embedded: return cards(20, .kill, .serve) + cards(2, .stop, .serve) + cards(2, .restart, .serve)
        }
    }
}
