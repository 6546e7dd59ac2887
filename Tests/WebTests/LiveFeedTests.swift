import NIOCore
import Logging
import Monitoring
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct LiveFeedTests {
    private static let topic = Topic(subject: .incidents, canManage: false)

    /// What the pages show, as a test sets it.
    private final class Content: Sendable {
        private let state = Mutex((fragments: [Fragment](), reads: 0, isBroken: false))

        var reads: Int { state.withLock { $0.reads } }

        func set(_ parts: [String: String]) {
            state.withLock {
                $0.fragments = parts.sorted { $0.key < $1.key }.map { Fragment(id: $0.key, html: $0.value) }
            }
        }

        func breakDown() { state.withLock { $0.isBroken = true } }

        func read() throws -> [Fragment] {
            try state.withLock { state in
                state.reads += 1
                if state.isBroken { throw StoreError(.unavailable, "away") }
                return state.fragments
            }
        }
    }

    private func feed(_ content: Content, time: ManualTime = ManualTime()) -> LiveFeed {
        LiveFeed(time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { _ in try content.read()
        }
    }

    @Test("A listener gets the whole first, and then only what changes")
    func changes() async throws {
        let content = Content()
        content.set(["a": "1", "b": "1"])
        let feed = feed(content)
        let (id, updates) = try await feed.listen(to: Self.topic)
        await feed.tick()
        await feed.tick()
        content.set(["a": "1", "b": "2"])
        await feed.tick()
        await feed.leave(Self.topic, id)
        var received: [LiveFeed.Update] = []
        for await update in updates { received.append(update) }
        #expect(
            received == [
                .fragments([Fragment(id: "a", html: "1"), Fragment(id: "b", html: "1")]),
                .fragments([Fragment(id: "b", html: "2")]),
            ]
        )
    }

    @Test("Listeners of one topic share its reading, and nothing is read while nobody listens")
    func sharing() async throws {
        let content = Content()
        let time = ManualTime()
        let feed = feed(content, time: time)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await feed.run() }
            let first = try await feed.listen(to: Self.topic)
            let second = try await feed.listen(to: Self.topic)
            await time.sleepers(1)
            let reads = content.reads
            #expect(reads == 1)
            time.advance(by: .seconds(1))
            try await eventually("the next reading") { content.reads == 2 }
            await feed.leave(Self.topic, first.id)
            await feed.leave(Self.topic, second.id)
            await time.sleepers(1)
            time.advance(by: .seconds(1))
            // It has gone to rest when nobody sleeps any more; then time can pass without a reading.
            let third = try await feed.listen(to: Self.topic)
            try await eventually("a reading for the newcomer") { content.reads == 3 }
            await feed.leave(Self.topic, third.id)
            group.cancelAll()
        }
    }

    @Test("A listener that does not keep up is cut off, and the others go on")
    func slowListener() async throws {
        let content = Content()
        let feed = feed(content)
        let slow = try await feed.listen(to: Self.topic)
        for number in 0...LiveFeed.maximumWaiting + 1 {
            content.set(["a": "\(number)"])
            await feed.tick()
        }
        var count = 0
        for await _ in slow.updates { count += 1 }
        #expect(count == LiveFeed.maximumWaiting)
    }

    @Test("Listeners are bounded")
    func bounds() async throws {
        let feed = feed(Content())
        for _ in 0..<LiveFeed.maximumListeners { _ = try await feed.listen(to: Self.topic) }
        await #expect(throws: LiveFeed.Full.self) { try await feed.listen(to: Self.topic) }
    }

    @Test("A page is told when its numbers can't be read")
    func trouble() async throws {
        let content = Content()
        content.breakDown()
        let feed = feed(content)
        let (id, updates) = try await feed.listen(to: Self.topic)
        await feed.tick()
        await feed.leave(Self.topic, id)
        var received: [LiveFeed.Update] = []
        for await update in updates { received.append(update) }
        #expect(received == [.trouble])
    }

    @Test("A message is an event stream's, with every line of the parts")
    func message() {
        let update = LiveFeed.Update.fragments([Fragment(id: "a", html: "<p id=\"a\">\n x\n</p>")])
        let text = String(buffer: LiveController.message(update))
        #expect(text == "event: fragments\ndata: <p id=\"a\">\ndata:  x\ndata: </p>\n\n")
    }
}
