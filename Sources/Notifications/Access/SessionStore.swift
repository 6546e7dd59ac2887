package import Monitoring

/// What all processes over one database share so that people stay signed in.
///
/// Every method may throw ``StoreError``.
package protocol SessionStore: Sendable {
    /// The key that sessions are signed with, kept as a secret.
    ///
    /// - Parameter fresh: 32 random bytes, which become the key where there is none yet.
    /// - Returns: The one key of this database.
    /// - Throws: ``StoreError``.
    func sessionKey(orFirst fresh: [UInt8]) async throws -> [UInt8]

    /// Keeps a code that signs somebody in once.
    ///
    /// - Parameters:
    ///   - hash: SHA-256 of the code, in hex.
    ///   - tokenHash: The hash of the token that the code stands for.
    ///   - end: From when on it is worth nothing.
    /// - Throws: ``StoreError``.
    func addSignInCode(hash: String, tokenHash: String, until end: Timestamp) async throws

    /// Takes a code out; of several that try at once, one has it.
    ///
    /// - Returns: The hash of the token that it stands for; nil where there is no such code, or its time is over.
    func takeSignInCode(hash: String) async throws -> String?
}
