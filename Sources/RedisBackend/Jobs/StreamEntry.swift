internal import Monitoring
internal import Redis

/// An entry as it was read from the stream, and the job in it, if there is one.
struct StreamEntry {
    /// The end of the year 9999: what lies behind it is no due time, and could overflow what is computed with it.
    private static let latest: Int64 = 253_402_300_799_999

    let id: String
    /// Nil where the stream was cut by it while it was pending.
    let fields: [String: String]?

    init(_ value: RESPValue) throws {
        let parts = try value.array()
        guard parts.count >= 2 else {
            throw RedisError(.unexpectedReply, "Redis answered an entry without fields.")
        }
        id = try parts[0].string()
        guard !parts[1].isNull else {
            fields = nil
            return
        }
        var fields: [String: String] = [:]
        for (name, text) in try parts[1].map() { fields[try name.string()] = try text.string() }
        self.fields = fields
    }

    /// The job, or nil for an entry that lacks `websiteId` or `url`.
    ///
    /// Of a foreign producer's entry, a slot or revision that can't be one counts as absent.
    func job(crashes: Int) -> HeldJob? {
        guard let websiteID = fields?["websiteId"], let url = fields?["url"] else { return nil }
        let slot = fields?["slot"].flatMap { Int64($0) }.flatMap { (0...Self.latest).contains($0) ? $0 : nil }
        let revision = fields?["revision"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let job = CheckJob(
            websiteID: websiteID,
            url: url,
            slot: slot.map(Timestamp.init(milliseconds:)),
            revision: revision
        )
        return HeldJob(id: id, job: job, slot: job.slot ?? addedAt, crashes: crashes)
    }

    private var addedAt: Timestamp {
        let milliseconds = UInt64(id.prefix { $0 != "-" }) ?? 0
        return Timestamp(milliseconds: Int64(min(milliseconds, UInt64(Self.latest))))
    }
}
