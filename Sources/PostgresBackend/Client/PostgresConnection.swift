internal import Monitoring

/// A connection, lent to one task at a time by ``PostgresDatabase``.
///
/// A statement whose task is cancelled, or that takes longer than it may, costs the connection: it is closed, and the
/// server undoes what was not committed.
package actor PostgresConnection {
    private nonisolated let thread = ConnectionThread()
    private nonisolated let interruption = Interruption()
    private let configuration: PostgresConfiguration
    private let servers: PostgresServers
    private var handle: PostgresHandle?
    private var isUnlimited = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: PostgresConfiguration, _ servers: PostgresServers) {
        self.configuration = configuration
        self.servers = servers
    }

    deinit {
        thread.stop()
    }

    // MARK: Statements

    /// Runs a statement and answers its rows.
    ///
    /// - Throws: ``PostgresError``, or `CancellationError`.
    package func query(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> [PostgresRow] {
        try await interruptible { try $0.run(sql, values, before: $1).rows }
    }

    /// Runs a statement and answers how many rows it touched.
    ///
    /// - Throws: ``PostgresError``, or `CancellationError`.
    @discardableResult
    package func execute(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> Int {
        try await interruptible { try $0.run(sql, values, before: $1).affectedRows }
    }

    /// Takes an advisory lock until the end of the transaction, and waits while another has it.
    package func lock(_ key: AdvisoryLock) async throws {
        try await execute("SELECT pg_advisory_xact_lock($1)", [.int(key.rawValue)])
    }

    private func interruptible<Value: Sendable>(
        _ body: (PostgresHandle, ContinuousClock.Instant?) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try body(try opened(), deadline)
        } onCancel: {
            interruption.raise()
        }
    }

    /// The server gives up first, which leaves the connection in order; this is for one that has fallen silent.
    private var deadline: ContinuousClock.Instant? {
        isUnlimited ? nil : .now + configuration.statementLimit + configuration.silenceLimit
    }

    private func opened() throws -> PostgresHandle {
        guard let handle else { throw PostgresError(.notConnected, "The connection to the database is not open.") }
        return handle
    }

    // MARK: Life

    /// Connects, and says how long statements may take here.
    func open() async throws {
        try await withTaskCancellationHandler {
            handle = try servers.connect(interruption)
            _ = try opened().run(
                """
                SELECT set_config('statement_timeout', $1, false), set_config('search_path', 'tocsin', false),
                set_config('idle_in_transaction_session_timeout', '10s', false)
                """,
                [.text("\(configuration.statementLimit.milliseconds)")],
                before: deadline
            )
        } onCancel: {
            interruption.raise()
        }
    }

    /// Whether its server would not write.
    var isReadOnly: Bool { handle?.isReadOnly ?? false }

    /// Whether another task may have it.
    var isFit: Bool { handle?.isFit ?? false }

    /// Whether the server has not closed it meanwhile.
    func isAlive() -> Bool { handle?.isAlive() ?? false }

    // MARK: Transactions

    func begin(_ kind: TransactionKind) async throws {
        isUnlimited = kind == .unlimited
        try await execute(kind.begin)
        if isUnlimited { try await execute("SET LOCAL statement_timeout = 0") }
    }

    /// Commits, without being interrupted: a cancellation must not leave the outcome unknown.
    func commit() throws {
        defer { isUnlimited = false }
        guard !interruption.isRaised else { throw CancellationError() }
        // A transaction in which a statement has failed is undone by COMMIT, silently.
        let handle = try opened()
        guard handle.isBroken || handle.isInGoodTransaction else {
            throw PostgresError(.refused(.failedTransaction), "a statement of the transaction has failed")
        }
        _ = try handle.run("COMMIT", [], before: deadline)
    }

    /// Undoes what was not committed; a connection that can't is closed later.
    func rollback() {
        defer { isUnlimited = false }
        guard let handle, !handle.isBroken, !interruption.isRaised, !handle.isIdle else { return }
        _ = try? handle.run("ROLLBACK", [], before: deadline)
    }
}

/// How a transaction begins.
enum TransactionKind {
    /// Each statement sees what was committed before it.
    case write
    /// All statements see the same moment.
    case snapshot
    /// As ``write``, with statements that may take any time.
    case unlimited

    fileprivate var begin: SQL {
        switch self {
        case .write, .unlimited: "BEGIN"
        case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        }
    }
}

/// What processes take turns for.
///
/// The numbers are of the whole database: they begin with `TOCS`.
package enum AdvisoryLock: Int64, Sendable {
    case migrations = 0x544F_4353_0000_0001
    case firstToken = 0x544F_4353_0000_0002
    /// One purge or rollup at a time.
    case maintenance = 0x544F_4353_0000_0003
    /// The counting of gaps of the schedule.
    case gaps = 0x544F_4353_0000_0004
    /// Shared by those who record results; had alone by whoever begins to roll hours up.
    case rollupEdge = 0x544F_4353_0000_0005
}
