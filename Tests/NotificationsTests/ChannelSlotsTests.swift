import Monitoring
import Testing

@testable import Notifications

@Suite struct ChannelSlotsTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let channel = RegisteredChannel(
        id: ChannelID(rawValue: 1),
        revision: 1,
        settings: ChannelSettings(name: "a", type: .console),
        createdAt: Timestamp(milliseconds: 0),
        updatedAt: Timestamp(milliseconds: 0)
    )

    /// Slots of a channel that has answered often enough to be given all of them.
    private func grown(cap: Int) -> ChannelSlots {
        var slots = ChannelSlots(cap: cap)
        for _ in 0..<cap {
            slots.start(channel)
            _ = slots.record(SendOutcome(.delivered), at: channel.id, now: now)
            slots.free(channel.id)
        }
        return slots
    }

    @Test func `an event waits in hand where the channel works and is busy, and one slot is left to what is stored`() {
        var slots = grown(cap: 4)
        for _ in 0..<3 {
            #expect(slots.directness(channel.id, at: now) == .now)
            slots.start(channel)
        }
        #expect(slots.directness(channel.id, at: now) == .soon)
        #expect(slots.permission(channel.id, at: now) == .slots(1))
        slots.free(channel.id)
        #expect(slots.directness(channel.id, at: now) == .now)
    }

    @Test func `nothing waits for a channel that has made an event wait too long`() {
        var slots = grown(cap: 4)
        for _ in 0..<3 { slots.start(channel) }
        slots.isSlow(channel.id, until: now + .seconds(5))
        #expect(slots.directness(channel.id, at: now) == .no)
        #expect(slots.directness(channel.id, at: now + .seconds(5)) == .soon)
    }

    @Test func `nothing waits for a channel that takes one at a time`() {
        var slots = ChannelSlots(cap: 4)
        #expect(slots.directness(channel.id, at: now) == .now)
        slots.start(channel)
        #expect(slots.directness(channel.id, at: now) == .no)
    }

    @Test func `a channel that asked to be left alone gets nothing before`() {
        var slots = grown(cap: 4)
        slots.pause(channel.id, until: now + .seconds(2))
        #expect(slots.directness(channel.id, at: now) == .no)
        #expect(slots.directness(channel.id, at: now + .seconds(2)) == .now)
    }
}
