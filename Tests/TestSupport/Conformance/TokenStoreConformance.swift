internal import Monitoring
internal import Notifications
internal import Testing

/// What every ``TokenStore`` must do.
package enum TokenStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("finds a token by its hash alone", finds),
        ConformanceCase("only one of several that add the first token succeeds", addsFirstOnce),
        ConformanceCase("refuses a name that is taken", refusesTakenName),
        ConformanceCase("a revoked token is gone", revokes),
        ConformanceCase("use is noted at most once a minute", notesUse),
    ]

    private static func finds(_ fixture: StoreFixture) async throws {
        let token = try await fixture.tokens.addToken(
            named: "ci",
            scopes: [.read, .eventsWrite],
            hash: "abc",
            by: author
        )
        #expect(token.scopes == [.read, .eventsWrite])
        #expect(token.createdAt == fixture.time.now())
        #expect(try await fixture.tokens.token(hash: "abc")?.id == token.id)
        #expect(try await fixture.tokens.token(hash: "abd") == nil)
        #expect(try await fixture.tokens.token(hash: "ci") == nil)
        #expect(try await fixture.tokens.tokens().map(\.name) == ["ci"])
    }

    private static func addsFirstOnce(_ fixture: StoreFixture) async throws {
        let tokens = fixture.tokens
        let added = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await tokens.addFirstToken(named: "first \(number)", scopes: [.manage], hash: "\(number)")
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(added == 1)
        #expect(try await tokens.tokens().count == 1)
    }

    private static func refusesTakenName(_ fixture: StoreFixture) async throws {
        _ = try await fixture.tokens.addToken(named: "ci", scopes: [.read], hash: "a", by: author)
        try await expectStoreError(.conflict) {
            _ = try await fixture.tokens.addToken(named: "ci", scopes: [.manage], hash: "b", by: author)
        }
        #expect(try await fixture.tokens.token(hash: "b") == nil)
    }

    private static func revokes(_ fixture: StoreFixture) async throws {
        let token = try await fixture.tokens.addToken(named: "ci", scopes: [.read], hash: "a", by: author)
        try await fixture.tokens.revokeToken(token.id, by: author)
        #expect(try await fixture.tokens.token(hash: "a") == nil)
        try await expectStoreError(.notFound) { try await fixture.tokens.revokeToken(token.id, by: author) }
    }

    private static func notesUse(_ fixture: StoreFixture) async throws {
        _ = try await fixture.tokens.addToken(named: "ci", scopes: [.read], hash: "a", by: author)
        let first = fixture.time.now()
        #expect(try await fixture.tokens.token(hash: "a")?.lastUsedAt == nil)
        #expect(try await fixture.tokens.tokens().first?.lastUsedAt == first)
        fixture.time.advance(by: .seconds(59))
        _ = try await fixture.tokens.token(hash: "a")
        #expect(try await fixture.tokens.tokens().first?.lastUsedAt == first)
        fixture.time.advance(by: .seconds(1))
        _ = try await fixture.tokens.token(hash: "a")
        #expect(try await fixture.tokens.tokens().first?.lastUsedAt == first + .seconds(60))
    }
}
