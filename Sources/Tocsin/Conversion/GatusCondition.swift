internal import Foundation
internal import Notifications

/// One condition of a Gatus endpoint, such as `[STATUS] == any(200, 429)`, as far as a site can hold it.
enum GatusCondition: Equatable {
    /// The statuses, of 100 to 599, that it accepts.
    case status(Set<Int>)
    /// The most milliseconds that an answer may take.
    case latency(Int)
    /// A text that the body contains; `isWhole` where the body had to be nothing else.
    case body(String, isWhole: Bool)
    /// The least days that a certificate must have left.
    case certificate(days: Int)
    /// That there is a connection, which every check needs.
    case connected
    /// Nothing that a site could hold.
    case other

    static let allStatuses = Set(100...599)

    init(_ text: String) {
        // The longer operators come first, since the shorter begin them.
        for sign in [" == ", " != ", " <= ", " >= ", " < ", " > "] {
            guard let range = text.range(of: sign) else { continue }
            var left = text[..<range.lowerBound].trimmingCharacters(in: .whitespaces)
            var right = text[range.upperBound...].trimmingCharacters(in: .whitespaces)
            var sign = sign.trimmingCharacters(in: .whitespaces)
            if !left.contains("["), right.hasPrefix("[") {
                (left, right) = (right, left)
                let turned = ["<": ">", ">": "<", "<=": ">=", ">=": "<="]
                sign = turned[sign] ?? sign
            }
            self = Self.reading(left, sign, right)
            return
        }
        self = .other
    }

    private static func reading(_ left: String, _ sign: String, _ right: String) -> Self {
        switch left {
        case "[STATUS]": statuses(sign, right)
        case "[RESPONSE_TIME]": latency(sign, right)
        case "[BODY]": sign == "==" ? body(right) : .other
        case "[CERTIFICATE_EXPIRATION]": certificate(sign, right)
        case "[CONNECTED]": sign == "==" && right == "true" ? .connected : .other
        default: .other
        }
    }

    private static func statuses(_ sign: String, _ right: String) -> Self {
        if let values = argument(of: "any", right) {
            let codes = values.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard codes.allSatisfy({ $0 != nil }) else { return .other }
            let set = Set(codes.compactMap(\.self)).intersection(allStatuses)
            return sign == "==" ? .status(set) : sign == "!=" ? .status(allStatuses.subtracting(set)) : .other
        }
        if let pattern = argument(of: "pat", right) {
            // Digits and one star at the end, such as 2*.
            let digits = pattern.prefix { $0.isASCII && $0.isNumber }
            guard pattern.dropFirst(digits.count) == "*" else { return .other }
            let set = allStatuses.filter { String($0).hasPrefix(digits) }
            return sign == "==" ? .status(set) : sign == "!=" ? .status(allStatuses.subtracting(set)) : .other
        }
        guard let code = Int(right) else { return .other }
        let keeps: (Int) -> Bool
        switch sign {
        case "==": keeps = { $0 == code }
        case "!=": keeps = { $0 != code }
        case "<": keeps = { $0 < code }
        case "<=": keeps = { $0 <= code }
        case ">": keeps = { $0 > code }
        default: keeps = { $0 >= code }
        }
        return .status(allStatuses.filter(keeps))
    }

    private static func latency(_ sign: String, _ right: String) -> Self {
        guard sign == "<" || sign == "<=", let limit = Int(right), (1...300_000).contains(limit) else { return .other }
        return .latency(limit)
    }

    private static func body(_ right: String) -> Self {
        guard let pattern = argument(of: "pat", right) else {
            return right.contains("[") || right.hasPrefix("any(") || right.isEmpty
                ? .other : .body(right, isWhole: true)
        }
        guard pattern.count > 2, pattern.hasPrefix("*"), pattern.hasSuffix("*") else { return .other }
        let inner = String(pattern.dropFirst().dropLast())
        return inner.contains(where: { "*?[\\".contains($0) }) ? .other : .body(inner, isWhole: false)
    }

    private static func certificate(_ sign: String, _ right: String) -> Self {
        guard sign == ">" || sign == ">=", let time = GatusDuration.milliseconds(right) else { return .other }
        let day: Int64 = 86_400_000
        let days = (time + day - 1) / day
        return days <= 3_650 ? .certificate(days: Int(days)) : .other
    }

    /// What stands between the brackets of a function.
    private static func argument(of function: String, _ text: String) -> String? {
        guard text.hasPrefix("\(function)("), text.hasSuffix(")") else { return nil }
        return String(text.dropFirst(function.count + 1).dropLast())
    }

    /// Statuses as ranges, such as `200-299`.
    static func ranges(_ statuses: Set<Int>) -> [String] {
        var ranges: [ClosedRange<Int>] = []
        for code in statuses.sorted() {
            if let last = ranges.last, last.upperBound == code - 1 {
                ranges[ranges.count - 1] = last.lowerBound...code
            } else {
                ranges.append(code...code)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    }
}
