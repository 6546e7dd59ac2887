/// The jobs that a worker holds, from the claim to the end in the stream.
struct CheckDesk: Sendable {
    /// A job that is done, and what came of it.
    struct Finished: Sendable {
        enum Outcome: Sendable {
            case result(CheckResult)
            /// The slot of a registered site ends without a result.
            case close(SlotClosing)
            case end(JobEnd)
        }

        let id: HeldJob.ID
        let outcome: Outcome
    }

    /// How many jobs may be held at once.
    let capacity: Int
    private(set) var held: Set<HeldJob.ID> = []
    private var finished: [Finished] = []
    /// Set when no more jobs are to be taken.
    var isClosing = false

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many more jobs may be taken.
    var free: Int { max(capacity - held.count, 0) }

    /// Takes jobs, and answers those that it did not hold before.
    ///
    /// A job that was lost to another worker may come back while the first check of it still runs, which then ends it.
    mutating func take(_ jobs: [HeldJob]) -> [HeldJob] { jobs.filter { held.insert($0.id).inserted } }

    mutating func finish(_ job: Finished) {
        finished.append(job)
    }

    /// The finished jobs that wait to be recorded, at most `limit`; nil where there are none yet.
    mutating func takeFinished(limit: Int) -> [Finished]? {
        guard !finished.isEmpty else { return nil }
        let batch = Array(finished.prefix(limit))
        finished.removeFirst(batch.count)
        return batch
    }

    mutating func release(_ ids: [HeldJob.ID]) {
        held.subtract(ids)
    }
}
