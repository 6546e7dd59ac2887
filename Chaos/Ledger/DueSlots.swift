/// Which slots were due, by the words of the contract: a site is due at every `phase + k × interval` of Unix time.
///
/// Computed apart from the product, on purpose: what both got from the same function could be wrong in both.
struct DueSlots: Sendable {
    let interval: Int64
    /// Exclusive.
    let after: Int64
    /// Inclusive.
    let through: Int64

    /// A site's phase under `spread`: a hash of its id over the interval.
    static func phase(of site: Int64, interval: Int64) -> Int64 {
        var z = UInt64(bitPattern: site) &+ 0x9E37_79B9_7F4A_7C15
        z ^= z >> 30
        z = z &* 0xBF58_476D_1CE4_E5B9
        z ^= z >> 27
        z = z &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Int64(z % UInt64(interval))
    }

    /// The slots of a site in the span, in their order.
    func slots(of site: Int64) -> StrideThrough<Int64> {
        let phase = Self.phase(of: site, interval: interval)
        let first = (after - phase) / interval + ((after - phase) % interval < 0 ? 0 : 1)
        return stride(from: phase + first * interval, through: through, by: Int64.Stride(interval))
    }

    /// Whether a slot lies in the span.
    func contains(_ key: SlotKey) -> Bool { after < key.slot && key.slot <= through }

    /// Whether a site is ever due at that time.
    func isDue(_ key: SlotKey) -> Bool {
        (key.slot - Self.phase(of: key.site, interval: interval)) % interval == 0
    }
}
