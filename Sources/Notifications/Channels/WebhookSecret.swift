internal import Crypto

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A key that signs webhooks as Standard Webhooks has it: symmetric (`whsec_`, signed as `v1`) or ed25519 (`whsk_`, `v1a`).
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    private enum Key: Sendable, Equatable {
        case symmetric([UInt8])
        /// The 32 bytes of the seed; a `whsk_` may carry the public key behind it.
        case ed25519([UInt8])
    }

    private static let symmetricPrefix = "whsec_"
    private static let ed25519Prefix = "whsk_"

    private let key: Key
    /// The secret itself, as it is set.
    package let text: String

    private init(key: Key, text: String) {
        self.key = key
        self.text = text
    }

    /// Reads one secret.
    ///
    /// - Parameter text: `whsec_` and base64 of 24 to 64 bytes, or `whsk_` and base64 of an ed25519 key.
    /// - Throws: ``FieldProblem`` without a pointer and without the secret.
    package init(parsing text: String) throws(FieldProblem) {
        if text.hasPrefix(Self.symmetricPrefix) {
            guard let bytes = Data(base64Encoded: String(text.dropFirst(Self.symmetricPrefix.count))),
                (24...64).contains(bytes.count)
            else { throw FieldProblem(pointer: "", detail: "whsec_ must be followed by base64 of 24 to 64 bytes.") }
            self.init(key: .symmetric(Array(bytes)), text: text)
        } else if text.hasPrefix(Self.ed25519Prefix) {
            guard let bytes = Data(base64Encoded: String(text.dropFirst(Self.ed25519Prefix.count))),
                bytes.count == 32 || bytes.count == 64
            else { throw FieldProblem(pointer: "", detail: "whsk_ must be followed by base64 of an ed25519 key.") }
            let seed = Array(bytes.prefix(32))
            if bytes.count == 64 {
                let publicKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation
                guard publicKey.map({ Array($0) }) == Array(bytes.suffix(32)) else {
                    throw FieldProblem(pointer: "", detail: "The two halves of the whsk_ key do not belong together.")
                }
            }
            self.init(key: .ed25519(seed), text: text)
        } else {
            throw FieldProblem(
                pointer: "",
                detail: "A secret begins with whsec_ (HMAC) or whsk_ (ed25519); leave it out to have one made."
            )
        }
    }

    /// Reads one or several secrets, separated by spaces, the current one first.
    ///
    /// - Parameter text: At most four secrets.
    /// - Returns: At least one.
    /// - Throws: ``FieldProblem`` without a pointer and without a secret.
    package static func list(parsing text: String) throws(FieldProblem) -> [WebhookSecret] {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count <= 4 else {
            throw FieldProblem(pointer: "", detail: "At most four secrets can sign at a time.")
        }
        var secrets: [WebhookSecret] = []
        for part in parts { secrets.append(try WebhookSecret(parsing: String(part))) }
        return secrets
    }

    /// Makes a symmetric secret of 32 random bytes.
    package static func random() -> WebhookSecret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return WebhookSecret(key: .symmetric(bytes), text: symmetricPrefix + Data(bytes).base64EncodedString())
    }

    /// One entry of `webhook-signature`: the scheme and the signature.
    ///
    /// - Parameter content: `{id}.{timestamp}.{body}`.
    /// - Returns: `v1,…` or `v1a,…`.
    /// - Throws: What the cryptographic library throws for a key that it can't use.
    package func signature(for content: [UInt8]) throws -> String {
        switch key {
        case .symmetric(let bytes):
            let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: bytes))
            return "v1,\(Data(code).base64EncodedString())"
        case .ed25519(let seed):
            let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: content)
            return "v1a,\(Data(signature).base64EncodedString())"
        }
    }

    /// Says what it is, never the key.
    package var description: String { "a webhook secret" }
    package var debugDescription: String { description }
}
