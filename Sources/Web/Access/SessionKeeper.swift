internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications
internal import Synchronization

/// Signed cookies that stand for a token someone has signed in with.
///
/// A session holds the hash of the token and its end, under a key that all processes over one database share, so it needs no
/// table, outlives a restart, and is good at each process behind a balancer. Every request looks the token up anew: a
/// revoked one ends its sessions.
final class SessionKeeper: Sendable {
    static let cookieName = "tocsin_session"
    static let lifetime = Duration.seconds(12 * 3_600)

    /// How long a code that signs in once is good.
    static let codeLifetime = Duration.seconds(3_600)

    private let store: any SessionStore
    private let time: any TimeSource
    private let known = Mutex<SymmetricKey?>(nil)

    init(store: any SessionStore, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// Read when it is first needed, so that a database that is away then does not keep the server from starting.
    private func key() async throws -> SymmetricKey {
        if let key = known.withLock({ $0 }) { return key }
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let key = SymmetricKey(data: try await store.sessionKey(orFirst: fresh))
        known.withLock { $0 = key }
        return key
    }

    /// The hash of the token that a code stands for, which from now on stands for nothing.
    func take(code: String) async throws -> String? {
        try await store.takeSignInCode(hash: TokenSecret.hash(of: code))
    }

    /// The cookie of a new session, as the answer to a request.
    func cookie(forTokenHash hash: String, answering request: Request) async throws -> String {
        let end = time.now() + Self.lifetime
        let claim = "\(hash).\(end.milliseconds)"
        let value = "\(claim).\(Self.signature(of: claim, try await key()))"
        return Self.attributes(value, age: Self.lifetime.components.seconds, answering: request)
    }

    /// A cookie that ends the session in the browser.
    func endingCookie(answering request: Request) -> String { Self.attributes("", age: 0, answering: request) }

    /// The token that a request's session stands for, if it has a valid one.
    func tokenHash(in request: Request) async throws -> String? {
        guard let value = request.cookies[Self.cookieName]?.value else { return nil }
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let end = Int64(parts[1]), time.now() < Timestamp(milliseconds: end) else { return nil }
        let expected = Self.signature(of: "\(parts[0]).\(parts[1])", try await key())
        guard Self.isEqual(expected, String(parts[2])) else { return nil }
        return String(parts[0])
    }

    private static func attributes(_ value: String, age: Int64, answering request: Request) -> String {
        // A proxy that speaks https says so, or the browser does. Whoever says it without keeps only their own browser from
        // coming back.
        let isSecure =
            request.headers[named: "X-Forwarded-Proto"]?.lowercased() == "https"
            || request.headers[.origin]?.lowercased().hasPrefix("https://") ?? false
        return "\(cookieName)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
    }

    private static func signature(of claim: String, _ key: SymmetricKey) -> String {
        TokenSecret.hex(HMAC<SHA256>.authenticationCode(for: Array(claim.utf8), using: key))
    }

    /// Compares in a time that does not depend on where the texts differ.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
