internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Notifications

/// Sends events at a constant rate over connections that stay open.
///
/// A latency counts from the moment at which the request was due, not from when its connection was free for it, so that a
/// server that stalls does not hide its stall by being asked less (coordinated omission).
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends events over HTTP at a constant rate.")

    @Option(help: "The port on 127.0.0.1.")
    var port: Int

    @Option(help: "The path.")
    var path = "/v1/events"

    @Option(help: "The token; none where empty.")
    var token = ""

    @Option(help: "Events a second.")
    var rate: Double

    @Option(help: "For how long, in seconds.")
    var seconds: Double

    @Option(help: "Connections.")
    var connections = 32

    @Option(help: "Bytes of each body.")
    var bytes = 1_024

    func validate() throws {
        guard rate > 0, seconds > 0, (1...1_000).contains(connections) else {
            throw ValidationError("--rate and --seconds have to be positive, --connections 1 to 1000.")
        }
    }

    func run() async throws {
        let recorder = LatencyRecorder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let total = max(Int(rate * seconds), 1)
        let channels = try await connect(on: group)
        // Soon, so that all connections know of it in time.
        let start = NIODeadline.now() + .milliseconds(50)
        let watch = Stopwatch()
        let outcomes = try await withThrowingTaskGroup(of: LoadOutcome.self) { tasks in
            for (index, channel) in channels.enumerated() {
                let plan = LoadPlan(
                    start: start,
                    period: Double(channels.count) / rate * 1e9,
                    offset: Double(index) / rate * 1e9,
                    count: total / channels.count + (index < total % channels.count ? 1 : 0),
                    head: head,
                    padding: max(bytes - 90, 0)
                )
                let promise = channel.eventLoop.makePromise(of: LoadOutcome.self)
                let added = channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(LoadHandler(plan, recorder, promise))
                }
                added.cascadeFailure(to: promise)
                tasks.addTask { try await promise.futureResult.get() }
            }
            return try await tasks.reduce(into: LoadOutcome()) { $0.add($1) }
        }
        let elapsed = watch.seconds
        for channel in channels { try? await channel.close() }
        try await group.shutdownGracefully()
        JSON.object([
            .init("sent", JSON(outcomes.answered)), .init("refused", JSON(outcomes.refused)),
            .init("seconds", JSON(elapsed)), .init("latency", recorder.report),
        ]).printLine()
    }

    private func connect(on group: MultiThreadedEventLoopGroup) async throws -> [any NIOCore.Channel] {
        var channels: [any NIOCore.Channel] = []
        for _ in 0..<connections {
            channels.append(
                try await ClientBootstrap(group: group)
                    .channelOption(.socketOption(.tcp_nodelay), value: 1)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        }
                    }
                    .connect(host: "127.0.0.1", port: port)
                    .get()
            )
        }
        return channels
    }

    private var head: HTTPRequestHead {
        var headers: HTTPHeaders = ["host": "127.0.0.1:\(port)", "content-type": "application/json"]
        if !token.isEmpty { headers.add(name: "authorization", value: "Bearer \(token)") }
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers)
    }
}

/// What one connection is to send, and when; times in nanoseconds.
struct LoadPlan: Sendable {
    let start: NIODeadline
    let period: Double
    let offset: Double
    let count: Int
    let head: HTTPRequestHead
    let padding: Int

    /// When a request is due.
    func due(_ index: Int) -> NIODeadline { start + .nanoseconds(Int64(offset + Double(index) * period)) }
}

/// How requests were answered.
struct LoadOutcome: Sendable {
    /// With any answer.
    var answered = 0
    /// With another than 2xx.
    var refused = 0

    mutating func add(_ other: Self) {
        answered += other.answered
        refused += other.refused
    }
}
