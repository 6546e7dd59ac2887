internal import Monitoring
internal import Notifications
internal import Testing

/// What every ``DeliveryLog`` must do.
package enum DeliveryLogConformance {
    package static let cases: [ConformanceCase] = [
        ConformanceCase("keeps attempts, by event oldest first, by channel newest first", keepsAttempts),
        ConformanceCase("attempts are deleted once they are older than their retention", purges),
    ]

    private static func attempt(
        _ event: String,
        _ channel: Int64?,
        _ number: Int,
        at: Timestamp
    ) throws
        -> DeliveryAttempt
    {
        DeliveryAttempt(
            event: try #require(EventID(rawValue: event)),
            eventType: "site.down",
            channel: channel.map { ChannelID(rawValue: $0) },
            attempt: number,
            at: at,
            duration: .milliseconds(12),
            result: channel == nil ? .unrouted : .retry,
            statusCode: channel == nil ? nil : 503,
            response: channel == nil ? nil : "busy",
            error: channel == nil ? nil : "answered 503",
            next: channel == nil ? nil : at + .seconds(5)
        )
    }

    private static func keepsAttempts(_ fixture: StoreFixture) async throws {
        let now = fixture.time.now()
        let first = try attempt("a", 1, 1, at: now)
        let second = try attempt("a", 1, 2, at: now + .seconds(5))
        let other = try attempt("b", nil, 1, at: now)
        try await fixture.deliveries.append([first, other])
        try await fixture.deliveries.append([second])
        try await fixture.deliveries.append([])
        #expect(try await fixture.deliveries.attempts(event: first.event) == [first, second])
        #expect(try await fixture.deliveries.attempts(event: other.event) == [other])
        #expect(try await fixture.deliveries.attempts(channel: ChannelID(rawValue: 1), limit: 9) == [second, first])
        #expect(try await fixture.deliveries.attempts(channel: ChannelID(rawValue: 1), limit: 1) == [second])
        #expect(try await fixture.deliveries.attempts(channel: ChannelID(rawValue: 2), limit: 9).isEmpty)
        let third = try attempt("c", 3, 1, at: now)
        try await fixture.deliveries.append([third])
        let channels = [1, 2, 3].map { ChannelID(rawValue: $0) }
        #expect(
            try await fixture.deliveries.latestAttempts(of: channels) == [channels[0]: second, channels[2]: third]
        )
    }

    /// PITFALLS 26.
    private static func purges(_ fixture: StoreFixture) async throws {
        let start = fixture.time.now()
        try await fixture.deliveries.append(try (0..<2_500).map { try attempt("old", 1, $0 + 1, at: start) })
        fixture.time.advance(by: .seconds(100))
        let new = try attempt("new", 1, 1, at: fixture.time.now())
        try await fixture.deliveries.append([new])
        try await fixture.deliveries.purgeAttempts(olderThan: .seconds(50))
        #expect(try await fixture.deliveries.attempts(channel: ChannelID(rawValue: 1), limit: 5_000) == [new])
    }
}
