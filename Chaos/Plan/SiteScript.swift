/// When each site is down: decided by the seed, and by nothing that happens.
struct SiteScript: Sendable {
    let seed: UInt64
    /// The Unix time in ms at which the script begins.
    let start: Int64
    /// How long each part of it lasts.
    let part: Int64

    /// How long a site thinks before it answers, in ms.
    func delay(_ site: Int, at now: Int64) -> Int64 {
        10 * Int64(SeededGenerator.percent(seed, UInt64(site), UInt64(now)))
    }

    /// What a site answers at a moment; every third one never fails.
    func isUp(_ site: Int, at now: Int64) -> Bool {
        guard site % 3 != 0, now > start else { return true }
        // Each at times of its own.
        let offset = Int64(SeededGenerator.percent(seed, UInt64(site))) * part / 100
        return SeededGenerator.percent(seed, UInt64(site), UInt64((now - start + offset) / part)) >= 40
    }
}
