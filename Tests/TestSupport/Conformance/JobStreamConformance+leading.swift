internal import Monitoring
internal import Testing

extension JobStreamConformance {
    static let leading: [Self] = [
        Self("the first to ask leads, and a fresh stream has no mark") { fixture in
            let leadership = try await fixture.lead(as: "pusher-1")
            #expect(leadership.holder == "pusher-1")
            #expect(leadership.mark == nil)
            #expect(try await fixture.stream.counts().leader == "pusher-1")
        },
        Self("while one leads, another is told so, and asking again keeps the epoch") { fixture in
            let first = try await fixture.lead(as: "pusher-1")
            #expect(try await fixture.stream.lead(as: "pusher-2", lease: .seconds(60)) == nil)
            let again = try await fixture.lead(as: "pusher-1")
            #expect(again.epoch == first.epoch)
        },
        Self("a lead that was given up passes on at once, under the next epoch") { fixture in
            let first = try await fixture.lead(as: "pusher-1")
            try await fixture.stream.resign(first)
            #expect(try await fixture.stream.counts().leader == nil)
            let second = try await fixture.lead(as: "pusher-2")
            #expect(second.epoch == first.epoch + 1)
        },
        Self("a lead that has run out passes on") { fixture in
            let first = try await fixture.lead(as: "pusher-1", lease: fixture.lease)
            var second: Leadership?
            for _ in 0..<400 where second == nil {
                second = try await fixture.stream.lead(as: "pusher-2", lease: fixture.lease)
                if second == nil { try await fixture.pass(fixture.lease / 20) }
            }
            #expect(second?.epoch == first.epoch + 1)
        },
        Self("a lead that ran out in a gap of the time stays with its holder for one lease more") { fixture in
            // Invariant 10: the server was down or the host asleep, and nobody could renew.
            let first = try await fixture.lead(as: "pusher-1", lease: fixture.lease)
            try await fixture.pass(fixture.lease * 3)
            #expect(try await fixture.stream.lead(as: "pusher-2", lease: fixture.lease) == nil)
            #expect(try await fixture.lead(as: "pusher-1", lease: fixture.lease).epoch == first.epoch)
        },
        Self("a superseded pusher can't give up the lead of its successor") { fixture in
            let first = try await fixture.lead(as: "pusher-1")
            try await fixture.stream.resign(first)
            _ = try await fixture.lead(as: "pusher-2")
            try await fixture.stream.resign(first)
            #expect(try await fixture.stream.lead(as: "pusher-3", lease: .seconds(60)) == nil)
        },
        Self("a successor goes on from the mark of the one before") { fixture in
            let first = try await fixture.lead(as: "pusher-1")
            let mark = Mark(
                from: Timestamp(milliseconds: 1_799_999_999_000),
                through: Timestamp(milliseconds: 1_800_000_000_000),
                position: Mark.Position(
                    interval: .seconds(60),
                    cursor: SlotCursor(slot: Timestamp(milliseconds: 1_799_999_999_500), site: SiteID(rawValue: 200))
                ),
                count: 200
            )
            try await fixture.stream.push(fixture.jobs(200), mark: mark, under: first)
            try await fixture.stream.resign(first)
            let second = try await fixture.lead(as: "pusher-2")
            #expect(second.mark == mark)
            try await fixture.stream.push([], mark: fixture.mark(count: 200), under: second)
            #expect(try await fixture.lead(as: "pusher-2").mark == fixture.mark(count: 200))
        },
    ]
}
