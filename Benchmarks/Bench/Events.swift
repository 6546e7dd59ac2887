internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// Puts events into the queue, as the API does.
struct FillEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill-events", abstract: "Puts events into the queue.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many.")
    var count: Int

    @Option(help: "How many bytes each has, about.")
    var bytes = 256

    func run() async throws {
        let watch = Stopwatch()
        try await BenchBroker(broker).withQueue { queue in
            for start in stride(from: 0, to: count, by: 500) {
                let elements = (start..<min(start + 500, count)).map { _ in element() }
                let outcome = try await queue.enqueue(EnqueueRequest(key: nil, elements: elements))
                guard case .queued = outcome else { throw ValidationError("The queue refused events: \(outcome).") }
            }
        }
        JSON.object([.init("count", JSON(count)), .init("seconds", JSON(watch.seconds))]).printLine()
    }

    private func element() -> EnqueueRequest.Element {
        let id = EventID.made(at: SystemTime().now())
        let event = Event(type: "bench.event", data: BenchEvent.data(padding: max(bytes - 150, 0)))
        return EnqueueRequest.Element(id: id, body: event.element(id: id), ownHash: nil)
    }
}

/// The events that are sent to measure.
enum BenchEvent {
    /// The name of the member that holds the Unix time in microseconds at which it was to be sent.
    static let sentAt = "sentAt"

    /// The data of an event: when it was to be sent, and some text to make it long.
    static func data(sentAt: Int64 = WallClock.microseconds(), padding: Int) -> JSON {
        .object([
            .init(Self.sentAt, JSON(sentAt)), .init("text", .string(String(repeating: "x", count: padding))),
        ])
    }
}
