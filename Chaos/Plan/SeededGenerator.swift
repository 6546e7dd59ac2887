/// Random numbers that are the same for the same seed: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the sequence of a seed; each `part` of a run has one of its own.
    init(seed: UInt64, part: UInt64 = 0) {
        state = seed &+ part &* 0xD1B5_4A32_D192_ED03
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below 100 that is drawn for a seed and some numbers, and is the same whenever it is asked for.
    static func percent(_ seed: UInt64, _ numbers: UInt64...) -> UInt64 {
        var generator = Self(seed: seed)
        for number in numbers { generator = Self(seed: generator.next() ^ number) }
        return generator.next() % 100
    }
}
