package import Monitoring

extension OutboxEntry {
    /// 130 random bits in lower-case Base32: unique in the queue without asking it.
    package static func makeEventID() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        var generator = SystemRandomNumberGenerator()
        return "evt_" + String((0..<26).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] })
    }
}
