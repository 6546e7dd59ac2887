internal import Logging
internal import Monitoring
internal import ServiceLifecycle

/// What one page shows and wants to be kept up to date on.
struct Topic: Hashable, Sendable {
    /// What the page is about.
    enum Subject: Hashable, Sendable {
        case sites(SiteFilter)
        case site(SiteID)
        case incidents
        case maintenance
        case channels
        case deadLetters
        case system
    }

    let subject: Subject
    /// Whether the page has the buttons that change something.
    let canManage: Bool
}

/// A part of a page that can be put in the place of its earlier self: the root of its HTML carries the id.
struct Fragment: Equatable, Sendable {
    let id: String
    let html: String
}

/// Tells open pages what has changed.
///
/// One poller reads what each page shows once a second and sends the parts that differ. It rests while nobody listens.
/// Pages that show the same share one reading; topics, listeners and what waits for a listener are bounded.
actor LiveFeed: Service {
    static let interval = Duration.seconds(1)
    static let maximumListeners = 256
    static let maximumTopics = 64
    /// Updates that may wait for one listener; one that falls further behind is cut off, and its browser comes back for the whole.
    static let maximumWaiting = 32
    /// Ticks between signs of life on a quiet connection.
    private static let ticksPerSign = 15

    /// One message of the event stream.
    enum Update: Sendable, Equatable {
        case fragments([Fragment])
        /// The page's numbers can't be read now.
        case trouble
        case signOfLife
    }

    /// Too many listen already.
    struct Full: Error {}

    private struct Listener {
        let continuation: AsyncStream<Update>.Continuation
        /// It has not been sent the whole yet.
        var isNew = true
    }

    private struct Following {
        var fragments: [Fragment] = []
        var listeners: [Int: Listener] = [:]
    }

    private let time: any TimeSource
    private let logger: Logger
    private let read: @Sendable (Topic) async throws -> [Fragment]
    private var topics: [Topic: Following] = [:]
    private var nextID = 0
    private var ticks = 0
    private var isStopped = false
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(time: any TimeSource, logger: Logger, read: @escaping @Sendable (Topic) async throws -> [Fragment]) {
        self.time = time
        self.logger = logger
        self.read = read
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows a topic; the first update has all of its parts.
    ///
    /// - Throws: ``Full``.
    func listen(to topic: Topic) throws -> (id: Int, updates: AsyncStream<Update>) {
        let count = topics.values.reduce(0) { $0 + $1.listeners.count }
        guard !isStopped, count < Self.maximumListeners,
            topics[topic] != nil || topics.count < Self.maximumTopics
        else { throw Full() }
        let (updates, continuation) = AsyncStream.makeStream(
            of: Update.self,
            bufferingPolicy: .bufferingOldest(Self.maximumWaiting)
        )
        nextID += 1
        topics[topic, default: Following()].listeners[nextID] = Listener(continuation: continuation)
        wake.yield()
        return (nextID, updates)
    }

    func leave(_ topic: Topic, _ id: Int) {
        topics[topic]?.listeners.removeValue(forKey: id)?.continuation.finish()
        if topics[topic]?.listeners.isEmpty ?? false { topics[topic] = nil }
    }

    /// Polls while somebody listens.
    func run() async throws {
        for await _ in wakeups.cancelOnGracefulShutdown() {
            do {
                try await cancelWhenGracefulShutdown { try await self.pollWhileHeard() }
            } catch is CancellationError {
                break
            }
        }
        stop()
    }

    private func pollWhileHeard() async throws {
        while !topics.isEmpty {
            await tick()
            try await time.sleep(for: Self.interval)
        }
    }

    /// Reads each topic once and sends what has changed.
    func tick() async {
        ticks += 1
        for topic in topics.keys {
            do {
                send(try await read(topic), to: topic)
            } catch {
                logger.debug("Could not read what a page shows", metadata: ["error": "\(error)"])
                broadcast(.trouble, to: topic)
            }
            if ticks.isMultiple(of: Self.ticksPerSign) { broadcast(.signOfLife, to: topic) }
        }
    }

    private func send(_ fragments: [Fragment], to topic: Topic) {
        guard let following = topics[topic] else { return }
        let before = Dictionary(following.fragments.map { ($0.id, $0.html) }, uniquingKeysWith: { first, _ in first })
        let changed = fragments.filter { before[$0.id] != $0.html }
        topics[topic]?.fragments = fragments
        for (id, listener) in following.listeners {
            let news = listener.isNew ? fragments : changed
            if news.isEmpty { continue }
            topics[topic]?.listeners[id]?.isNew = false
            deliver(.fragments(news), to: id, of: topic)
        }
    }

    private func broadcast(_ update: Update, to topic: Topic) {
        for id in (topics[topic]?.listeners ?? [:]).keys { deliver(update, to: id, of: topic) }
    }

    private func deliver(_ update: Update, to id: Int, of topic: Topic) {
        switch topics[topic]?.listeners[id]?.continuation.yield(update) {
        case .dropped, .terminated: leave(topic, id)
        default: break
        }
    }

    private func stop() {
        isStopped = true
        wake.finish()
        for following in topics.values {
            for listener in following.listeners.values { listener.continuation.finish() }
        }
        topics = [:]
    }
}
