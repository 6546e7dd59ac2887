internal import Dispatch
internal import Foundation
internal import Synchronization

/// A thread of its own for one connection, on which waiting for the server holds up nobody else.
///
/// The cooperative pool has a thread a core; libpq's name lookup and the wait for an answer must not take one of them.
final class ConnectionThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    /// As many signals as jobs and stops.
    private let work = DispatchSemaphore(value: 0)

    init() {
        let thread = Thread { self.run() }
        thread.name = "postgres"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        work.signal()
    }

    /// Ends the thread after what was enqueued before.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    private func run() {
        while true {
            work.wait()
            let (job, isStopped) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
            }
            if let job {
                job.runSynchronously(on: asUnownedSerialExecutor())
            } else if isStopped {
                return
            }
        }
    }
}
