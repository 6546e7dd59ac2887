internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring

/// Signed cookies that stand for a token someone has signed in with.
///
/// A session holds the hash of the token and its end, under a key of this process, so it needs no table. Every request looks the token up
/// anew: a revoked one ends its sessions.
struct SessionKeeper: Sendable {
    static let cookieName = "tocsin_session"
    static let lifetime = Duration.seconds(12 * 3_600)

    private let key: SymmetricKey
    private let time: any TimeSource

    init(time: any TimeSource, key: SymmetricKey = SymmetricKey(size: .bits256)) {
        self.time = time
        self.key = key
    }

    /// The cookie of a new session.
    ///
    /// Where the browser came over HTTPS, it sends the cookie over nothing else.
    func cookie(forTokenHash hash: String, isSecure: Bool = false) -> String {
        let end = time.now() + Self.lifetime
        let claim = "\(hash).\(end.milliseconds)"
        return attributes("\(claim).\(signature(of: claim))", age: Self.lifetime.components.seconds)
            + (isSecure ? "; Secure" : "")
    }

    /// A cookie that ends the session in the browser.
    func endingCookie() -> String { attributes("", age: 0) }

    /// The token that a request's session stands for, if it has a valid one.
    func tokenHash(in request: Request) -> String? {
        guard let value = request.cookies[Self.cookieName]?.value else { return nil }
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let end = Int64(parts[1]), time.now() < Timestamp(milliseconds: end) else { return nil }
        let expected = signature(of: "\(parts[0]).\(parts[1])")
        guard Self.isEqual(expected, String(parts[2])) else { return nil }
        return String(parts[0])
    }

    private func attributes(_ value: String, age: Int64) -> String {
        "\(Self.cookieName)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
    }

    private func signature(of claim: String) -> String {
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
