internal import Crypto

/// The secret half of an access token; only its hash is kept.
package enum TokenSecret {
    /// A new secret: `tocsin_` and 32 random bytes in hex.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return "tocsin_" + hex(bytes)
    }

    /// SHA-256 of a secret in hex, as the ``TokenStore`` keeps it.
    ///
    /// - Parameter secret: The whole token, as a client sends it.
    /// - Returns: 64 hexadecimal digits.
    package static func hash(of secret: String) -> String {
        hex(SHA256.hash(data: Array(secret.utf8)))
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
