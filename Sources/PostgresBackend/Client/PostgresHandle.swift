internal import CLibpq
internal import Monitoring
internal import Synchronization

/// Says from any thread that a connection's work is to be given up.
final class Interruption: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }

    func raise() { flag.store(true, ordering: .relaxed) }
}

/// What a statement answered.
struct PostgresResult: Sendable {
    var rows: [PostgresRow] = []
    /// How many rows a change has touched.
    var affectedRows = 0
}

/// A connection of libpq's, used from one thread, which it makes wait.
///
/// No wait is longer than its limit, and none outlives its task's cancellation by more than a moment.
final class PostgresHandle {
    private let connection: OpaquePointer
    private let interruption: Interruption
    /// Whether the place in the protocol was lost: it is closed then, never reused.
    private(set) var isBroken = false
    /// Whether the server would not write: after a failover it is no longer the one to talk to.
    private(set) var isReadOnly = false

    /// How often a wait looks for an interruption.
    private static let glance: Duration = .milliseconds(50)

    /// Connects and logs in.
    ///
    /// - Throws: ``PostgresError`` with a clause that says what is wrong, or `CancellationError`.
    init(_ server: PostgresServerAddress, within limit: Duration, _ interruption: Interruption) throws {
        let started = server.parameters.withCStrings { keywords, values in
            PQconnectStartParams(keywords, values, 0)
        }
        guard let started else { throw PostgresError(.notConnected, "there is no memory for a connection") }
        connection = started
        self.interruption = interruption
        tocsin_pq_silence(connection)
        do {
            try connect(before: .now + limit)
        } catch let error as PostgresError where error.code == .connectionLost {
            throw PostgresError(
                .notConnected,
                "\(server.place.isEmpty ? "it" : server.place) did not answer within \(limit.text)"
            )
        }
    }

    deinit {
        PQfinish(connection)
    }

    private func connect(before deadline: ContinuousClock.Instant) throws {
        guard PQstatus(connection) != CONNECTION_BAD else { throw connectingFailed }
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else { throw connectingFailed }
            try wait(writable: state == PGRES_POLLING_WRITING, before: deadline)
            state = PQconnectPoll(connection)
        }
        guard PQsetnonblocking(connection, 1) == 0 else { throw connectingFailed }
    }

    private var connectingFailed: PostgresError { PostgresError(.notConnected, reason) }

    /// What libpq says, as a clause; a line of it for each address that was tried, without its guesses and details.
    private var reason: String {
        let lines = String(cString: PQerrorMessage(connection)).split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("\t") && !$0.hasPrefix("DETAIL:") && !$0.hasPrefix("HINT:") }
        return lines.isEmpty ? "no reason was given" : lines.joined(separator: "; ").trimmingPeriod
    }

    // MARK: State

    /// Whether the next statement would be outside of any transaction.
    var isIdle: Bool { !isBroken && !interruption.isRaised && PQtransactionStatus(connection) == PQTRANS_IDLE }

    /// Whether another task may have it.
    var isFit: Bool { isIdle && !isReadOnly }

    /// Whether there is a transaction, and none of its statements has failed.
    var isInGoodTransaction: Bool { PQtransactionStatus(connection) == PQTRANS_INTRANS }

    /// Looks whether the server has closed the connection, without asking it anything.
    ///
    /// It has nothing to say to a connection that asks nothing but that it goes, and only later it goes.
    func isAlive() -> Bool { !isBroken && tocsin_pq_wait(PQsocket(connection), 0, 0) == 0 }

    // MARK: Statements

    /// Runs one statement.
    func run(_ sql: SQL, _ values: [PostgresValue], before deadline: ContinuousClock.Instant?) throws -> PostgresResult
    {
        try whole {
            let parameters = PostgresParameters(values)
            guard parameters.send(sql.text, over: connection) == 1 else { throw lost() }
            try flush(before: deadline)
            return try results(before: deadline)
        }
    }

    /// The connection is broken unless `body` reads every answer to its end.
    private func whole<Value>(_ body: () throws -> Value) throws -> Value {
        guard !isBroken else { throw PostgresError(.connectionLost, "The connection to the database is closed.") }
        do {
            return try body()
        } catch {
            let isAnswered = (error as? PostgresError).map { $0.state != nil || $0.code == .unexpectedData } ?? false
            if !isAnswered || PQstatus(connection) != CONNECTION_OK { isBroken = true }
            throw error
        }
    }

    private func flush(before deadline: ContinuousClock.Instant?) throws {
        while true {
            switch PQflush(connection) {
            case 0: return
            case 1:
                // The server may want to be rid of answers before it takes more.
                try wait(writable: true, before: deadline)
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    /// The next result; nil at the end of them.
    private func nextResult(before deadline: ContinuousClock.Instant?) throws -> OpaquePointer? {
        while PQisBusy(connection) == 1 {
            try wait(writable: false, before: deadline)
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
        return PQgetResult(connection)
    }

    /// Reads every result of a statement.
    private func results(before deadline: ContinuousClock.Instant?) throws -> PostgresResult {
        var answer = PostgresResult()
        var failure: (any Error)?
        while let result = try nextResult(before: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                do {
                    answer = try PostgresResult(reading: result)
                } catch {
                    failure = failure ?? error
                }
            default: failure = failure ?? refusal(result)
            }
        }
        if let failure { throw failure }
        return answer
    }

    private func refusal(_ result: OpaquePointer) -> PostgresError {
        guard let code = tocsin_pq_sqlstate(result) else { return lost() }
        let state = SQLState(code: String(cString: code))
        if state == .readOnlyTransaction { isReadOnly = true }
        return PostgresError(
            .refused(state),
            tocsin_pq_message(result).map { String(cString: $0).trimmingPeriod } ?? "no reason was given",
            constraint: tocsin_pq_constraint(result).map { String(cString: $0) }
        )
    }

    private func lost() -> PostgresError {
        PostgresError(.connectionLost, "The connection to the database broke: \(reason).")
    }

    // MARK: Waiting

    private func wait(writable: Bool, before deadline: ContinuousClock.Instant?) throws {
        while true {
            guard !interruption.isRaised else { throw CancellationError() }
            let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.glance
            guard left > .zero else {
                throw PostgresError(.connectionLost, "The database did not answer in time; its connection was closed.")
            }
            let pause = min(left, Self.glance)
            switch tocsin_pq_wait(PQsocket(connection), writable ? 1 : 0, Int32(max(pause.milliseconds, 1))) {
            case 1: return
            case 0: continue
            default: throw lost()
            }
        }
    }
}

extension String {
    fileprivate var trimmingPeriod: String { hasSuffix(".") ? String(dropLast()) : self }
}
