internal import Crypto
package import Foundation
internal import Monitoring

/// Seals what must not lie in the database in the clear, with AES-GCM (256 bits) under `TOCSIN_SECRET_KEY`.
///
/// A sealed value begins with its format: 0 for the clear, 1 for nonce, ciphertext and tag. What was written before there
/// was a key stays legible, and is sealed when it is next written.
package struct SecretBox: Sendable {
    /// Values of one purpose can't be put in the place of another's.
    package enum Purpose: String {
        case siteHeaders = "site headers"
        case channelSettings = "channel settings"
        case sessionKey = "session key"
        case check
    }

    private enum Format {
        static let clear: UInt8 = 0
        static let sealed: UInt8 = 1
    }

    private let key: SymmetricKey?

    /// Makes a box.
    ///
    /// - Parameter text: The 32 bytes of a key in Base64, or a passphrase; nil or empty leaves values in the clear.
    package init(key text: String?) {
        guard let text, !text.isEmpty else {
            key = nil
            return
        }
        if let bytes = Data(base64Encoded: text), bytes.count == 32 {
            key = SymmetricKey(data: bytes)
        } else {
            key = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: Data(text.utf8)),
                info: Data("tocsin secrets".utf8),
                outputByteCount: 32
            )
        }
    }

    /// Whether there is a key; without one, the values lie in the clear.
    package var isLocked: Bool { key != nil }

    /// Seals names and values; nil where there are none.
    package func seal(_ value: [String: String], for purpose: Purpose) throws -> Data? {
        guard !value.isEmpty else { return nil }
        return try seal(Data(try StoredJSON.text(value).utf8), for: purpose)
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// - Throws: ``StoreError`` `unusable` where this is not the key.
    package func open(_ sealed: Data?, for purpose: Purpose) throws -> [String: String] {
        guard let sealed else { return [:] }
        return try StoredJSON.value(from: String(decoding: try open(sealed, for: purpose), as: UTF8.self))
    }

    /// Makes sure that the key is the one that a database's secrets are sealed with.
    ///
    /// - Parameter mark: What this answered when it was first asked; nil where it never was.
    /// - Returns: What to keep in the database from now on; nil where nothing new is.
    /// - Throws: ``StoreError`` `unusable` for a wrong key, or none where there was one.
    package func check(against mark: Data?) throws -> Data? {
        if let mark {
            _ = try open(mark, for: .check)
            return nil
        }
        return isLocked ? try seal(Data("tocsin".utf8), for: .check) : nil
    }

    private func seal(_ clear: Data, for purpose: Purpose) throws -> Data {
        guard let key else { return Data([Format.clear]) + clear }
        let box = try AES.GCM.seal(clear, using: key, authenticating: Data(purpose.rawValue.utf8))
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return Data([Format.sealed]) + combined
    }

    private func open(_ value: Data, for purpose: Purpose) throws -> Data {
        switch value.first {
        case Format.clear:
            return value.dropFirst()
        case Format.sealed:
            guard let key else {
                throw StoreError(
                    .unusable,
                    "The secrets in the database are encrypted; set TOCSIN_SECRET_KEY to the key that it was made with."
                )
            }
            do {
                let box = try AES.GCM.SealedBox(combined: value.dropFirst())
                return try AES.GCM.open(box, using: key, authenticating: Data(purpose.rawValue.utf8))
            } catch {
                throw StoreError(
                    .unusable,
                    "TOCSIN_SECRET_KEY is not the key that the secrets in the database were encrypted with; "
                        + "set it to that one.",
                    cause: error
                )
            }
        default:
            throw StoreError(.unusable, "A secret in the database is of a newer version of tocsin; update this one.")
        }
    }
}
