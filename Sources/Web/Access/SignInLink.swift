package import Monitoring
package import Notifications

/// A link that signs somebody in once.
package enum SignInLink {
    /// How long a link is good.
    package static let lifetime = SessionKeeper.codeLifetime

    /// Makes one.
    ///
    /// - Parameters:
    ///   - dashboard: Where the dashboard is, such as `http://192.0.2.7:8080`.
    ///   - token: The secret of the token that it stands for.
    ///   - sessions: Keeps the code's hash until it is used.
    ///   - now: When its time begins.
    /// - Returns: The link.
    /// - Throws: ``StoreError``.
    package static func make(
        to dashboard: String,
        token: String,
        in sessions: any SessionStore,
        now: Timestamp
    ) async throws -> String {
        let code = TokenSecret.hash(of: TokenSecret.make())
        try await sessions.addSignInCode(
            hash: TokenSecret.hash(of: code),
            tokenHash: TokenSecret.hash(of: token),
            until: now + lifetime
        )
        return "\(dashboard)/sign-in?code=\(code)"
    }
}
