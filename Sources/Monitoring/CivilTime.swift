/// A moment in UTC as calendars have it; days and dates by Howard Hinnant's algorithms, without a time zone database.
struct CivilTime: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64
    var hour: Int64
    var minute: Int64
    var second: Int64
    var millisecond: Int64

    init(_ time: Timestamp) {
        let days = time.milliseconds.floorDivided(by: 86_400_000)
        let rest = time.milliseconds - days * 86_400_000
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1_000 % 60
        millisecond = rest % 1_000
    }

    /// Nil where there is no such day or time; a leap second is the last second.
    init?(
        year: Int64,
        month: Int64,
        day: Int64,
        hour: Int64,
        minute: Int64,
        second: Int64,
        millisecond: Int64 = 0
    ) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...9_999).contains(year), (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = min(second, 59)
        self.millisecond = millisecond
    }

    var timestamp: Timestamp {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let seconds = (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second
        return Timestamp(milliseconds: seconds * 1_000 + millisecond)
    }
}

extension Int64 {
    /// The quotient, rounded down for negative numbers too.
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension Timestamp {
    /// The moment as RFC 3339 text in UTC with milliseconds, such as `2026-03-01T12:00:00.250Z`.
    package var rfc3339: String {
        let civil = CivilTime(self)
        var text = DigitText()
        text.date(civil)
        text.mark("T")
        text.time(civil)
        text.mark(".")
        text.number(civil.millisecond, 3)
        text.mark("Z")
        return text.string
    }

    /// The date in UTC, such as `2026-03-01`.
    package var day: String {
        var text = DigitText()
        text.date(CivilTime(self))
        return text.string
    }

    /// The time of day in UTC to the second, such as `12:00:00`.
    package var timeOfDay: String {
        var text = DigitText()
        text.time(CivilTime(self))
        return text.string
    }

    /// Such as `2026-03-01 12:00:00 UTC`.
    package var textForPeople: String { "\(day) \(timeOfDay) UTC" }

    /// Reads a date-time of RFC 3339, with any offset and any number of decimals; nil for anything else.
    package init?(rfc3339 text: some StringProtocol) {
        var bytes = Array(text.utf8)[...]
        guard let year = bytes.digits(4), bytes.take("-"), let month = bytes.digits(2), bytes.take("-"),
            let day = bytes.digits(2), bytes.take("T") || bytes.take("t") || bytes.take(" "),
            let hour = bytes.digits(2), bytes.take(":"), let minute = bytes.digits(2), bytes.take(":"),
            let second = bytes.digits(2)
        else { return nil }
        var millisecond: Int64 = 0
        if bytes.take(".") {
            let decimals = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            guard !decimals.isEmpty else { return nil }
            bytes = bytes.dropFirst(decimals.count)
            for index in 0..<3 {
                let digit = index < decimals.count ? decimals[decimals.startIndex + index] - UInt8(ascii: "0") : 0
                millisecond = millisecond * 10 + Int64(digit)
            }
        }
        var offset: Int64 = 0
        if !bytes.take("Z") && !bytes.take("z") {
            let sign: Int64 = bytes.take("-") ? -1 : bytes.take("+") ? 1 : 0
            guard sign != 0, let hours = bytes.digits(2), hours < 24, bytes.take(":"), let minutes = bytes.digits(2),
                minutes < 60
            else { return nil }
            offset = sign * (hours * 3_600 + minutes * 60)
        }
        guard bytes.isEmpty,
            let civil = CivilTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second,
                millisecond: millisecond
            )
        else { return nil }
        self = civil.timestamp - .seconds(offset)
    }

    /// Reads the preferred form of an HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
    package init?(httpDate text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT" else { return nil }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard let month = months.firstIndex(of: String(parts[2])), let day = Int64(parts[1]),
            let year = Int64(parts[3])
        else { return nil }
        var clock = Array(parts[4].utf8)[...]
        guard let hour = clock.digits(2), clock.take(":"), let minute = clock.digits(2), clock.take(":"),
            let second = clock.digits(2), clock.isEmpty,
            let civil = CivilTime(
                year: year,
                month: Int64(month) + 1,
                day: day,
                hour: hour,
                minute: minute,
                second: second
            )
        else { return nil }
        self = civil.timestamp
    }
}

/// Numbers of fixed widths with marks between them: each log line and each event has one or two times, in this form.
private struct DigitText {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(24) }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func mark(_ mark: Unicode.Scalar) { bytes.append(UInt8(ascii: mark)) }

    /// At least so many digits; of a number below zero only the year can be.
    mutating func number(_ number: Int64, _ width: Int) {
        if number < 0 { mark("-") }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || bytes.count - start < width
        bytes[start...].reverse()
    }

    mutating func date(_ civil: CivilTime) {
        number(civil.year, 4)
        mark("-")
        number(civil.month, 2)
        mark("-")
        number(civil.day, 2)
    }

    mutating func time(_ civil: CivilTime) {
        number(civil.hour, 2)
        mark(":")
        number(civil.minute, 2)
        mark(":")
        number(civil.second, 2)
    }
}

extension ArraySlice<UInt8> {
    /// Takes exactly so many digits.
    fileprivate mutating func digits(_ count: Int) -> Int64? {
        let taken = prefix(count)
        guard taken.count == count, taken.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return nil
        }
        self = dropFirst(count)
        return taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    fileprivate mutating func take(_ character: Character) -> Bool {
        guard let first, first == character.asciiValue else { return false }
        self = dropFirst()
        return true
    }
}
