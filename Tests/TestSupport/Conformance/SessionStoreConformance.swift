internal import Monitoring
internal import Notifications
internal import Testing

/// What every ``SessionStore`` must do.
package enum SessionStoreConformance {
    package static let cases: [ConformanceCase] = [
        ConformanceCase("the first key stays the key, whoever asks", keepsFirstKey),
        ConformanceCase("of several that take a code, one has it", takesOnce),
        ConformanceCase("a code whose time is over is worth nothing", codesEnd),
    ]

    private static func keepsFirstKey(_ fixture: StoreFixture) async throws {
        let sessions = fixture.sessions
        let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for number: UInt8 in 0..<6 {
                group.addTask { try await sessions.sessionKey(orFirst: Array(repeating: number, count: 32)) }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
        #expect(try await sessions.sessionKey(orFirst: Array(repeating: 9, count: 32)) == keys.first)
    }

    private static func takesOnce(_ fixture: StoreFixture) async throws {
        let sessions = fixture.sessions
        try await sessions.addSignInCode(hash: "a", tokenHash: "t", until: fixture.time.now() + .seconds(60))
        #expect(try await sessions.takeSignInCode(hash: "b") == nil)
        let taken = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<6 { group.addTask { try await sessions.takeSignInCode(hash: "a") } }
            return try await group.reduce(into: [String]()) { if let token = $1 { $0.append(token) } }
        }
        #expect(taken == ["t"])
    }

    private static func codesEnd(_ fixture: StoreFixture) async throws {
        let sessions = fixture.sessions
        let end = fixture.time.now() + .seconds(60)
        for hash in ["a", "b"] { try await sessions.addSignInCode(hash: hash, tokenHash: "t", until: end) }
        fixture.time.advance(by: .seconds(60))
        #expect(try await sessions.takeSignInCode(hash: "a") == nil)
        // Clearing the old ones away leaves the new one.
        try await sessions.addSignInCode(hash: "c", tokenHash: "u", until: end + .seconds(60))
        #expect(try await sessions.takeSignInCode(hash: "b") == nil)
        #expect(try await sessions.takeSignInCode(hash: "c") == "u")
    }
}
