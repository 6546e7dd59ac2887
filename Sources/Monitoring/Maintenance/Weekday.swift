/// A day of the week; the raw value counts from Monday, the names are those of RFC 5545.
package enum Weekday: Int, Sendable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The weekday of a day since 1970-01-01, which was a Thursday.
    init(day: Int64) {
        let place = Int(day + 3 - (day + 3).floorDivided(by: 7) * 7)
        self = Self.allCases[place]
    }

    /// Reads `MO` to `SU`.
    init?(code: some StringProtocol) {
        guard let day = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = day
    }

    /// `MO` to `SU`.
    var code: String { ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][rawValue] }

    /// The English name.
    var name: String {
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][rawValue]
    }
}
