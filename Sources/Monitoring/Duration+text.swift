extension Duration {
    /// The whole milliseconds in this duration.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// As metrics tell durations, to the millisecond.
    package var inSeconds: Double { Double(milliseconds) / 1_000 }

    /// Reads a duration as people write one: `500ms`, `3s`, `1.5m`, `2h`, `30d`, `1y`, or several in a row (`1h30m`).
    ///
    /// Nil for anything else: no unit, a sign, white space, or more than a hundred years.
    package init?(text: some StringProtocol) {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard number.first != ".", let value = Double(number), let scale = Self.milliseconds(in: unit) else {
                return nil
            }
            total += value * scale
        }
        guard total <= 100 * 365 * 86_400_000 else { return nil }
        self = .milliseconds(Int64(total.rounded()))
    }

    /// The shortest text in one unit that ``init(text:)`` reads back as this duration, such as `90s` or `500ms`.
    package var text: String {
        let value = milliseconds
        for (unit, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] as [(String, Int64)]
        where value != 0 && value % scale == 0 {
            // Up to two minutes are said in seconds, as the contract writes its defaults.
            if unit == "m" && value <= 120_000 { continue }
            return "\(value / scale)\(unit)"
        }
        return value == 0 ? "0s" : "\(value)ms"
    }

    private static func milliseconds(in unit: Substring) -> Double? {
        switch unit {
        case "ms": 1
        case "s": 1_000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        case "y": 365 * 86_400_000
        default: nil
        }
    }
}
