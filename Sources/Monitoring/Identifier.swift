/// A record's number in the database, which can't be mistaken for another kind's.
///
/// Written as decimal text wherever it leaves the process (`"17"`), so that no client has to fit it into a number of its own.
package struct Identifier<Record>: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Reads what ``description`` writes; nil for anything else, `017` and `+17` included.
    package init?(_ text: some StringProtocol) {
        guard let value = Int64(text), value > 0, String(value) == text else { return nil }
        self.rawValue = value
    }

    package var description: String { String(rawValue) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
