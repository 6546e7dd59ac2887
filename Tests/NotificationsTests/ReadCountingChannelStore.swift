import Monitoring
import Notifications
import TestSupport
import Testing

/// Counts how often all channels are read.
struct ReadCountingChannelStore: ChannelStore {
    let base: any ChannelStore
    let reads: Watched<Int>

    func channels() async throws -> [RegisteredChannel] {
        defer { reads.withLock { $0 += 1 } }
        return try await base.channels()
    }

    func add(_ settings: ChannelSettings, by author: Author) async throws -> RegisteredChannel {
        try await base.add(settings, by: author)
    }
    func update(
        _ id: ChannelID,
        to settings: ChannelSettings,
        revision: Int?,
        by author: Author
    ) async throws -> RegisteredChannel {
        try await base.update(id, to: settings, revision: revision, by: author)
    }
    func remove(_ id: ChannelID, by author: Author) async throws { try await base.remove(id, by: author) }
    func disable(_ id: ChannelID, reason: String) async throws { try await base.disable(id, reason: reason) }
    func channel(_ id: ChannelID) async throws -> RegisteredChannel? { try await base.channel(id) }
}

/// Hands out events only once the channels were read.
struct LookAwaitingQueue: ForwardingQueue {
    let base: any EventQueue
    let reads: Watched<Int>

    func claim(_ request: ClaimRequest) async throws -> Claim {
        let claim = try await base.claim(request)
        guard !claim.events.isEmpty else { return claim }
        do {
            try await eventually("the channels are read while the queue is asked") { reads.withLock { $0 } > 0 }
        } catch {
            Issue.record(error)
        }
        return claim
    }
}

extension DeliveryWorkerTests {
    // An idle worker's events would otherwise wait for the database after they have waited for the queue.
    @Test func `the channels are read while the queue is asked, not after it`() async throws {
        let (time, reads) = (ManualTime(), Watched(0))
        try await Stage.with(
            time: time,
            wrap: { LookAwaitingQueue(base: $0, reads: reads) },
            wrapChannels: { ReadCountingChannelStore(base: $0, reads: reads) }
        ) { stage in
            _ = try await stage.addConsole()
            try await stage.ready()
            // Behind this nothing is left to be read.
            try await stage.post(#"{"type":"a"}"#)
            try await stage.settled()
            reads.withLock { $0 = 0 }
            // Older than events may be routed by, and not yet old enough to be read for its own sake.
            time.advance(by: .milliseconds(200))
            try await stage.post(#"{"type":"b"}"#)
            try await eventually("it is sent") { stage.console.all.count == 2 }
            try await stage.settled()
        }
    }
}
