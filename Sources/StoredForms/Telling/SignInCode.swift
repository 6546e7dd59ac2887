package import Foundation
internal import Monitoring

/// A code that signs somebody in once, as a row of `setting`.
package struct SignInCode: Codable, Sendable, Equatable {
    /// Begins the names of these rows.
    package static let prefix = "signIn:"

    package let tokenHash: String
    /// In Unix milliseconds.
    package let end: Int64

    package init(tokenHash: String, end: Int64) {
        self.tokenHash = tokenHash
        self.end = end
    }

    /// The name of a code's row.
    package static func name(hash: String) -> String { prefix + hash }

    /// The bytes of the row's value.
    package func data() throws -> Data { Data(try StoredJSON.text(self).utf8) }

    /// Reads the bytes of a row's value.
    package init(_ data: Data) throws {
        self = try StoredJSON.value(from: String(decoding: data, as: UTF8.self))
    }
}

extension SecretBox {
    /// Seals the key that sessions are signed with.
    package func seal(sessionKey: [UInt8]) throws -> Data {
        guard let sealed = try seal(["key": Data(sessionKey).base64EncodedString()], for: .sessionKey) else {
            throw StoreError(.unusable, "The key of the sessions could not be sealed.")
        }
        return sealed
    }

    /// Opens what ``seal(sessionKey:)`` has sealed.
    package func openSessionKey(_ sealed: Data) throws -> [UInt8] {
        guard let text = try open(sealed, for: .sessionKey)["key"], let key = Data(base64Encoded: text) else {
            throw StoreError(
                .unusable,
                "The key of the sessions in the database is damaged; restore its last good copy."
            )
        }
        return Array(key)
    }
}
