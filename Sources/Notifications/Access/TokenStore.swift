package import Monitoring

/// The number of a token.
package typealias TokenID = Identifier<AccessToken>

/// What a token may do.
package enum Scope: String, Sendable, CaseIterable, Codable {
    case eventsWrite = "events:write"
    case read
    case manage
}

/// A token as it is kept: only the hash of its secret.
package struct AccessToken: Sendable, Equatable, Identifiable {
    package let id: TokenID
    /// Unique among the tokens; names the author of a change.
    package let name: String
    package let scopes: Set<Scope>
    package let createdAt: Timestamp
    package let lastUsedAt: Timestamp?

    package init(id: TokenID, name: String, scopes: Set<Scope>, createdAt: Timestamp, lastUsedAt: Timestamp? = nil) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}

/// The access tokens.
///
/// Every method may throw ``StoreError``.
package protocol TokenStore: Sendable {
    /// Adds a token of which the caller keeps the secret.
    ///
    /// - Parameters:
    ///   - name: Unique among the tokens.
    ///   - scopes: What it may do.
    ///   - hash: SHA-256 of the secret, in hex.
    ///   - author: Who asks for it.
    /// - Returns: The token.
    /// - Throws: `conflict` where the name is taken.
    func addToken(named name: String, scopes: Set<Scope>, hash: String, by author: Author) async throws -> AccessToken

    /// Adds the first token, in the one transaction that finds that there is none.
    ///
    /// - Returns: False where there is a token already; nothing was added.
    func addFirstToken(named name: String, scopes: Set<Scope>, hash: String) async throws -> Bool

    /// The token of a secret's hash, if there is one.
    func token(hash: String) async throws -> AccessToken?

    /// All tokens, in the order of their ids.
    func tokens() async throws -> [AccessToken]

    /// Revokes a token.
    ///
    /// - Throws: `notFound`.
    func revokeToken(_ id: TokenID, by author: Author) async throws
}
