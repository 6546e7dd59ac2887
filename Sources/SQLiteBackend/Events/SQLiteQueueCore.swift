internal import GRDB
internal import Monitoring
internal import Notifications
internal import Synchronization

/// What every step on the embedded queue shares: the transaction, the clock, the leases, the signal.
final class SQLiteQueueCore: Sendable {
    /// What the last claim knew of the queue.
    struct Seen: Sendable {
        var generation = -1
        var nextDue: Timestamp?
    }

    let signal = ChangeSignal()
    let workers = Mutex(WorkerLeases())

    private let pool: DatabasePool
    private let bounds: QueueBounds
    private let time: any TimeSource
    private let lastSeen = Mutex(Seen())

    init(pool: DatabasePool, bounds: QueueBounds, time: any TimeSource) {
        self.pool = pool
        self.bounds = bounds
        self.time = time
    }

    var seen: Seen { lastSeen.withLock { $0 } }

    func saw(_ generation: Int, nextDue: Timestamp?) {
        lastSeen.withLock { $0 = Seen(generation: generation, nextDue: nextDue) }
    }

    /// One transaction, which is on the disk when this returns if it is made in full.
    ///
    /// It is not undone by the caller's cancellation: others may share it, and its outcome is always known.
    func write<T: Sendable>(
        durability: Durability = .full,
        _ step: @escaping @Sendable (EventLedger) throws -> T
    ) async throws -> T {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncWriteWithoutTransaction { db in
                    continuation.resume(
                        with: Result { try db.transaction(durability) { try self.run(step, in: db) } }
                    )
                }
            }
        } catch {
            throw Self.failure(error)
        }
    }

    func read<T: Sendable>(_ step: @escaping @Sendable (EventLedger) throws -> T) async throws -> T {
        do {
            return try await pool.read { db in
                let last = try Int64.fetchOne(db, sql: "SELECT lastTime FROM eventState") ?? 0
                let now = max(self.time.now(), Timestamp(milliseconds: last))
                return try step(EventLedger(db: db, now: now, bounds: self.bounds))
            }
        } catch {
            throw Self.failure(error)
        }
    }

    private func run<T>(_ step: (EventLedger) throws -> T, in db: Database) throws -> T {
        let isFirst = workers.withLock { !$0.isRecovered }
        if isFirst {
            let last = try Int64.fetchOne(db, sql: "SELECT lastTime FROM eventState") ?? 0
            workers.withLock { $0.clock.resume(at: Timestamp(milliseconds: last)) }
        }
        let wall = time.now()
        let now = workers.withLock { $0.clock.read(wall, lease: $0.length) }
        let ledger = EventLedger(db: db, now: now, bounds: bounds)
        let changes = db.totalChangesCount
        if isFirst {
            // The leases of an earlier process are dead at once: nobody else may have the file open.
            _ = try ledger.giveBack(exceptTo: [])
            db.afterNextTransaction { _ in self.workers.withLock { $0.isRecovered = true } }
        }
        let result = try step(ledger)
        if db.totalChangesCount != changes {
            try ledger.run("UPDATE eventState SET lastTime = ?", [now.milliseconds])
        }
        return result
    }

    /// What a failure of the database means to who uses the queue; a cancellation stays one.
    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case is QueueError, is CancellationError:
            error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            QueueError(.full, "The disk of the database is full: make room on it.", cause: error)
        case let error as DatabaseError
        where [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode):
            QueueError(.unavailable, "The database of the queue can't be used now: \(error)", cause: error)
        default:
            QueueError(.refused, "The database refuses a step of the queue: \(error)", cause: error)
        }
    }
}
