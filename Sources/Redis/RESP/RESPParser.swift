package import NIOCore

/// Reads RESP values from bytes that arrive in pieces of any size.
///
/// It keeps the aggregates that are still open on a stack, so that no byte is parsed twice, however a reply is split.
/// Once it has thrown it must not be used again: the place in the stream is lost.
package struct RESPParser {
    private enum Aggregate { case array, map, set, push, attribute }
    private enum Text { case string, error, verbatim }

    private struct Partial {
        let kind: Aggregate
        var missing: Int
        var values: [RESPValue]
    }

    private enum Expected {
        case header
        /// The length was read; the bytes and their line end are to come.
        case text(Text, length: Int)
    }

    private enum Item {
        case value(RESPValue)
        case opened
    }

    private let limits: RESPLimits
    private var open: [Partial] = []
    private var expected = Expected.header
    /// How many of the readable bytes are known to hold no line end.
    private var scanned = 0
    private var elements = 0
    private var stringBytes = 0

    init(limits: RESPLimits) {
        self.limits = limits
    }

    /// Makes a parser at the beginning of a stream, with the limits of the program.
    package init() {
        self.init(limits: RESPLimits())
    }

    /// Whether a value has begun and is not whole yet, apart from what the buffer holds.
    var isWithinValue: Bool {
        if case .text = expected { return true }
        return !open.isEmpty
    }

    /// Takes the next whole value off the buffer, or what is there of it.
    package mutating func next(_ buffer: inout ByteBuffer) throws(RedisError) -> RESPValue? {
        while let item = try readItem(&buffer) {
            guard case .value(let value) = item, let whole = place(value) else { continue }
            elements = 0
            stringBytes = 0
            return whole
        }
        return nil
    }

    /// Takes all whole values off the buffer.
    ///
    /// - Returns: How the server has broken the protocol behind them, if it has.
    mutating func readAll(_ buffer: inout ByteBuffer, into values: inout [RESPValue]) -> RedisError? {
        do throws(RedisError) {
            while let value = try next(&buffer) { values.append(value) }
            return nil
        } catch {
            return error
        }
    }

    /// Puts a value into the innermost open aggregate; the outermost one comes back once it is complete.
    private mutating func place(_ value: RESPValue) -> RESPValue? {
        var value = value
        while let last = open.indices.last {
            open[last].values.append(value)
            open[last].missing -= 1
            guard open[last].missing == 0 else { return nil }
            let complete = open.removeLast()
            // An attribute only comments on the value that follows it.
            guard complete.kind != .attribute else { return nil }
            value = Self.aggregate(complete.kind, complete.values)
        }
        return value
    }

    private mutating func readItem(_ buffer: inout ByteBuffer) throws(RedisError) -> Item? {
        if case .text(let kind, let length) = expected {
            guard let value = try readText(kind, length: length, &buffer) else { return nil }
            expected = .header
            return .value(value)
        }
        if let plain = Self.plainHeader(of: buffer) {
            buffer.moveReaderIndex(forwardBy: plain.length)
            scanned = 0
            switch plain.type {
            case UInt8(ascii: "$"):
                try admitText(plain.number)
                let length = Int(plain.number)
                if let text = try readText(.string, length: length, &buffer) { return .value(text) }
                expected = .text(.string, length: length)
                return nil
            case UInt8(ascii: "*"): return try openAggregate(.array, plain.number)
            default: return .value(.integer(plain.number))
            }
        }
        guard let type = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
        guard Self.isType(type) else {
            throw violation("byte \(type) begins no RESP value. Is this a Redis server?")
        }
        guard let line = try readLine(&buffer) else { return nil }
        let content = line.dropFirst()

        switch type {
        case UInt8(ascii: "+"): return .value(.simpleString(String(decoding: content, as: UTF8.self)))
        case UInt8(ascii: "-"):
            return .value(.error(RedisReplyError(line: String(decoding: content, as: UTF8.self))))
        case UInt8(ascii: ":"): return .value(.integer(try number(content)))
        case UInt8(ascii: "$"): return try openText(.string, number(content))
        case UInt8(ascii: "!"): return try openText(.error, number(content))
        case UInt8(ascii: "="): return try openText(.verbatim, number(content))
        case UInt8(ascii: "*"): return try openAggregate(.array, number(content))
        case UInt8(ascii: "%"): return try openAggregate(.map, number(content))
        case UInt8(ascii: "~"): return try openAggregate(.set, number(content))
        case UInt8(ascii: ">"): return try openAggregate(.push, number(content))
        case UInt8(ascii: "|"): return try openAggregate(.attribute, number(content))
        default: return .value(try scalar(type, content))
        }
    }

    private func scalar(_ type: UInt8, _ content: ByteBufferView) throws(RedisError) -> RESPValue {
        let text = String(decoding: content, as: UTF8.self)
        switch (type, text) {
        case (UInt8(ascii: "_"), ""): return .null
        case (UInt8(ascii: "#"), "t"): return .boolean(true)
        case (UInt8(ascii: "#"), "f"): return .boolean(false)
        case (UInt8(ascii: ","), _):
            guard let number = Double(text) else { throw violation("a double is not a number") }
            return .double(number)
        case (UInt8(ascii: "("), _):
            let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw violation("a big number is not a number")
            }
            return .bigNumber(text)
        default: throw violation("a null or boolean is malformed")
        }
    }

    // MARK: Strings with a length

    private mutating func openText(_ kind: Text, _ length: Int64) throws(RedisError) -> Item {
        if length == -1, kind == .string { return .value(.null) }
        try admitText(length)
        expected = .text(kind, length: Int(length))
        return .opened
    }

    /// Counts a string that is about to come.
    private mutating func admitText(_ length: Int64) throws(RedisError) {
        guard length >= 0 else { throw violation("a string has the length \(length)") }
        guard length <= limits.string else {
            throw violation("a string of \(length) bytes is over the limit of \(limits.string)")
        }
        stringBytes += Int(length)
        guard stringBytes <= limits.reply else {
            throw violation("a reply is over the limit of \(limits.reply) bytes")
        }
    }

    private func readText(
        _ kind: Text,
        length: Int,
        _ buffer: inout ByteBuffer
    ) throws(RedisError) -> RESPValue? {
        guard buffer.readableBytes >= length + 2 else { return nil }
        guard let text = buffer.readSlice(length: length), buffer.readInteger(as: UInt16.self) == 0x0D0A else {
            throw violation("a string is longer than its length says")
        }
        switch kind {
        case .string: return .bulkString(text)
        case .error: return .error(RedisReplyError(line: String(buffer: text)))
        case .verbatim:
            var text = text
            guard let format = text.readString(length: 4), format.hasSuffix(":") else {
                throw violation("a verbatim string does not name its format")
            }
            return .verbatim(format: String(format.dropLast()), text)
        }
    }

    // MARK: Aggregates

    private mutating func openAggregate(_ kind: Aggregate, _ count: Int64) throws(RedisError) -> Item {
        if count == -1, kind == .array { return .value(.null) }
        guard count >= 0 else { throw violation("an aggregate has the length \(count)") }
        if kind == .push, !open.isEmpty { throw violation("a push message lies inside of a reply") }
        guard count <= limits.elements else {
            throw violation("an aggregate of \(count) elements is over the limit of \(limits.elements)")
        }
        let missing = kind == .map || kind == .attribute ? Int(count) * 2 : Int(count)
        elements += missing
        guard elements <= limits.elements else {
            throw violation("a reply is over the limit of \(limits.elements) elements")
        }
        guard missing > 0 else { return kind == .attribute ? .opened : .value(Self.aggregate(kind, [])) }
        guard open.count < limits.depth else { throw violation("aggregates lie more than \(limits.depth) deep") }
        var values: [RESPValue] = []
        // What a header promises is not yet there: it must not make us allocate it.
        values.reserveCapacity(min(missing, 256))
        open.append(Partial(kind: kind, missing: missing, values: values))
        return .opened
    }

    private static func aggregate(_ kind: Aggregate, _ values: [RESPValue]) -> RESPValue {
        switch kind {
        case .array: .array(values)
        case .set: .set(values)
        case .push: .push(values)
        case .map, .attribute:
            .map(stride(from: 0, to: values.count - 1, by: 2).map { RESPValue.Entry(values[$0], values[$0 + 1]) })
        }
    }

    // MARK: Lines

    /// A header of a string, an array or a number, as servers write nearly all of them; nil for anything else, or where
    /// the line is not whole.
    private static func plainHeader(of buffer: ByteBuffer) -> (type: UInt8, number: Int64, length: Int)? {
        buffer.withUnsafeReadableBytes { bytes in
            guard let type = bytes.first else { return nil }
            guard type == UInt8(ascii: "$") || type == UInt8(ascii: ":") || type == UInt8(ascii: "*") else {
                return nil
            }
            var number: Int64 = 0
            var index = 1
            // So many digits that none can be too many for the type.
            let last = min(bytes.count - 2, 19)
            while index < last {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                number = number &* 10 &+ Int64(digit)
                index += 1
            }
            guard index > 1, index <= bytes.count - 2, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
                return nil
            }
            return (type, number, index + 2)
        }
    }

    private mutating func readLine(_ buffer: inout ByteBuffer) throws(RedisError) -> ByteBufferView? {
        let view = buffer.readableBytesView
        guard let end = view[(view.startIndex + scanned)...].firstIndex(of: 0x0A) else {
            scanned = view.count
            guard scanned <= limits.line else { throw violation("a line is over the limit of \(limits.line) bytes") }
            return nil
        }
        scanned = 0
        guard end - view.startIndex <= limits.line else {
            throw violation("a line is over the limit of \(limits.line) bytes")
        }
        guard end > view.startIndex, view[end - 1] == 0x0D else { throw violation("a line ends without CR") }
        buffer.moveReaderIndex(forwardBy: end - view.startIndex + 1)
        return view[view.startIndex..<(end - 1)]
    }

    private func number(_ text: ByteBufferView) throws(RedisError) -> Int64 {
        let sign = text.first
        let digits = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? text.dropFirst() : text
        var number: Int64 = 0
        var isNumber = (1...19).contains(digits.count)
        for digit in digits where isNumber {
            // Downwards, since there is one number more below zero than above it.
            let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (next, overflows) = tenfold.subtractingReportingOverflow(Int64(digit) - 48)
            isNumber = (48...57).contains(digit) && !isTooLarge && !overflows
            number = next
        }
        if isNumber, sign == UInt8(ascii: "-") { return number }
        guard isNumber, number > .min else { throw violation("a length or number is not an integer of 64 bits") }
        return -number
    }

    private static func isType(_ byte: UInt8) -> Bool {
        switch UnicodeScalar(byte) {
        case "+", "-", ":", "$", "*", "_", "#", ",", "(", "!", "=", "%", "~", ">", "|": true
        default: false
        }
    }

    private func violation(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "The server broke the Redis protocol: \(what)")
    }
}
