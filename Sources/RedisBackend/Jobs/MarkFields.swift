internal import Monitoring
internal import Redis

/// A mark as the fields of its hash.
enum MarkFields {
    static func arguments(_ mark: Mark) -> [RedisArgument] {
        [
            "from", RedisArgument(mark.from.milliseconds), "through", RedisArgument(mark.through.milliseconds),
            "interval", number(mark.position?.interval.milliseconds),
            "slot", number(mark.position?.cursor.slot.milliseconds),
            "site", number(mark.position?.cursor.site.rawValue), "count", RedisArgument(mark.count),
        ]
    }

    /// The mark, or nil where nothing was ever pushed.
    static func mark(_ value: RESPValue) throws -> Mark? {
        let fields = try value.dictionary().compactMapValues { Int64(try $0.string()) }
        guard let from = fields["from"], let through = fields["through"] else { return nil }
        var position: Mark.Position?
        if let interval = fields["interval"], let slot = fields["slot"], let site = fields["site"] {
            position = Mark.Position(
                interval: .milliseconds(interval),
                cursor: SlotCursor(slot: Timestamp(milliseconds: slot), site: SiteID(rawValue: site))
            )
        }
        return Mark(
            from: Timestamp(milliseconds: from),
            through: Timestamp(milliseconds: through),
            position: position,
            count: Int(fields["count"] ?? 0)
        )
    }

    private static func number(_ value: Int64?) -> RedisArgument {
        value.map { RedisArgument($0) } ?? ""
    }
}
