internal import Foundation

/// A time zone of the IANA database, such as `Europe/Berlin`.
///
/// The rules are those that Foundation brings along, so that a machine without a zone database has them too.
package struct IANAZone: Sendable, Hashable, CustomStringConvertible {
    /// The name as it was given.
    package let name: String
    private let zone: TimeZone

    /// Nil for what is no `Area/Place` of the database, and not `UTC`: an abbreviation such as `CET` has no place.
    package init?(_ name: String) {
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        self.name = name
        self.zone = zone
    }

    package var description: String { name }

    package static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// What the clocks of the zone show at a moment.
    package func wall(at moment: Timestamp) -> WallTime {
        WallTime(milliseconds: moment.milliseconds + offset(at: moment))
    }

    /// When the clocks of the zone show this.
    ///
    /// As RFC 5545, section 3.3.5, has it: a time that comes twice is the first of both, and one that is skipped is read with
    /// the offset from before the gap.
    package func moment(of wall: WallTime) -> Timestamp {
        let before = offset(at: Timestamp(milliseconds: wall.milliseconds - WallTime.dayLength))
        let first = Timestamp(milliseconds: wall.milliseconds - before)
        if offset(at: first) == before { return first }
        let after = offset(at: Timestamp(milliseconds: wall.milliseconds + WallTime.dayLength))
        let second = Timestamp(milliseconds: wall.milliseconds - after)
        return offset(at: second) == after ? second : first
    }

    /// How far the clocks are ahead of UTC, in milliseconds.
    private func offset(at moment: Timestamp) -> Int64 {
        let seconds = moment.milliseconds.floorDivided(by: 1_000)
        return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) * 1_000
    }
}
