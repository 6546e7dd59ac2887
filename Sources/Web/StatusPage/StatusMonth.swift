internal import Monitoring

/// A month of the history, in UTC.
struct StatusMonth: Hashable, Sendable {
    /// How far back the history goes: as long as ended incidents are kept.
    static let most = 60

    private static let names = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Months since January of the year 0.
    private let number: Int

    private init(number: Int) {
        self.number = number
    }

    /// The month of a moment.
    init(of moment: Timestamp) {
        let parts = moment.day.split(separator: "-").compactMap { Int($0) }
        number = parts.count < 2 ? 0 : parts[0] * 12 + parts[1] - 1
    }

    /// Reads `2026-11`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, let year = Int(parts[0]),
            let month = Int(parts[1]), year > 0, 1...12 ~= month, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") })
        else { return nil }
        number = year * 12 + month - 1
    }

    /// As ``init(_:)`` reads it.
    var text: String {
        let year = String(number / 12)
        let month = number % 12 + 1
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + (month < 10 ? "-0" : "-") + String(month)
    }

    /// As people read it.
    var name: String { "\(Self.names[number % 12]) \(number / 12)" }

    var start: Timestamp { Timestamp(rfc3339: "\(text)-01T00:00:00Z") ?? Timestamp(milliseconds: 0) }

    var span: Range<Timestamp> { start..<max(start, next.start) }

    var next: StatusMonth { StatusMonth(number: number + 1) }

    var previous: StatusMonth { StatusMonth(number: max(0, number - 1)) }

    /// Whether the history has the month at a moment.
    func isKept(at now: Timestamp) -> Bool {
        let newest = StatusMonth(of: now).number
        return number <= newest && number > newest - Self.most
    }
}
