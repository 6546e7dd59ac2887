internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// Puts jobs into a stream, as one that adds them apart from the schedule does.
struct FillJobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill-jobs", abstract: "Puts jobs into a stream.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many; the job n is of the site n.")
    var count: Int

    @Option(help: "Their URL, in which {n} becomes the number of the site.")
    var url = "https://{n}.example.com/health"

    func run() async throws {
        let watch = Stopwatch()
        let broker = try BenchBroker(broker)
        try await broker.withStream { stream in
            let slot = broker.time.now()
            for start in stride(from: 1, through: count, by: 5_000) {
                let jobs = (start...min(start + 4_999, count)).map { number in
                    CheckJob(
                        websiteID: "\(number)",
                        url: url.replacing("{n}", with: "\(number)"),
                        slot: slot,
                        revision: 1
                    )
                }
                try await stream.add(jobs)
            }
        }
        JSON.object([.init("count", JSON(count)), .init("seconds", JSON(watch.seconds))]).printLine()
    }
}

/// Claims jobs, does nothing for each, and ends them: what a monitor costs without its checks.
///
/// As in a monitor, what was claimed is ended while the next is claimed.
struct WorkJobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "jobs", abstract: "Claims and ends jobs of a stream.")

    /// As many as a monitor has slots.
    private static let batch = 256
    private static let worker = "bench"

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many are in the stream.")
    var count: Int

    func run() async throws {
        let broker = try BenchBroker(broker)
        let (watch, ended) = try await broker.withStream { stream in
            // Makes the group and the connections, which is no part of a job.
            let first = try await stream.claim(as: Self.worker, limit: 1, wait: .zero)
            try await stream.end(first.map { ($0.id, .unstored) }, as: Self.worker)
            let watch = Stopwatch()
            let ended = try await Self.work(on: stream, until: count - first.count)
            let seconds = (watch.seconds, watch.processorSeconds)
            try await stream.leave(Self.worker)
            return (seconds, ended)
        }
        JSON.object([
            .init("count", JSON(ended)), .init("seconds", JSON(watch.0)), .init("cpu", JSON(watch.1)),
        ]).printLine()
    }

    private static func work(on stream: any JobStream, until count: Int) async throws -> Int {
        var ended = 0
        var held = try await stream.claim(as: worker, limit: batch, wait: .zero)
        while !held.isEmpty {
            let jobs = held
            // The check that does nothing.
            let ends = jobs.map { (id: $0.id, end: JobEnd.unstored) }
            async let next = stream.claim(as: worker, limit: batch, wait: .zero)
            try await stream.end(ends, as: worker)
            held = try await next
            ended += jobs.count
        }
        guard ended == count else {
            throw ValidationError("\(count) jobs were to be in the stream, and \(ended) came out of it.")
        }
        return ended
    }
}
