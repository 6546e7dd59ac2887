package import NIOCore

/// Reads RESP values from bytes that arrive in pieces of any size.
///
/// It keeps the aggregates that are still open on a stack, so that no byte is parsed twice, however a reply is split.
/// Once it has thrown it must not be used again: the place in the stream is lost.
package struct RESPParser {
    private enum Aggregate { case array, map, set, push, attribute }
    private enum Text { case string, error, verbatim }

    private struct Partial {
        var kind = Aggregate.array
        var missing = 0
        var values: [RESPValue] = []
    }

    private enum Item {
        case value(RESPValue)
        /// Something has begun whose parts come next.
        case opened
        /// The rest is not there yet.
        case incomplete
    }

    /// The bytes that are there, and how many of them are read.
    private struct Input {
        let bytes: UnsafeRawBufferPointer
        /// What owns the bytes: strings are slices of it.
        let owner: ByteBuffer
        var offset = 0

        var count: Int { bytes.count - offset }
    }

    private let limits: RESPLimits
    /// The aggregate that is being filled; none is where nothing is missing in it.
    private var innermost = Partial()
    /// The aggregates around it.
    private var outer: [Partial] = []
    /// A string whose length was read, and whose bytes and line end are to come.
    private var expectedText: (kind: Text, length: Int)?
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
    var isWithinValue: Bool { expectedText != nil || innermost.missing > 0 }

    /// Takes the next whole value off the buffer, or what is there of it.
    package mutating func next(_ buffer: inout ByteBuffer) throws(RedisError) -> RESPValue? {
        let owner = buffer
        var taken = 0
        defer { buffer.moveReaderIndex(forwardBy: taken) }
        return try owner.withUnsafeReadableBytes { bytes throws(RedisError) -> RESPValue? in
            var input = Input(bytes: bytes, owner: owner)
            defer { taken = input.offset }
            return try next(&input)
        }
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

    private mutating func next(_ input: inout Input) throws(RedisError) -> RESPValue? {
        while true {
            switch try readItem(&input) {
            case .incomplete: return nil
            case .opened: continue
            case .value(let value):
                guard let whole = place(value) else { continue }
                elements = 0
                stringBytes = 0
                return whole
            }
        }
    }

    /// Puts a value into the innermost open aggregate; the outermost one comes back once it is complete.
    private mutating func place(_ value: consuming RESPValue) -> RESPValue? {
        while innermost.missing > 0 {
            innermost.values.append(value)
            innermost.missing -= 1
            guard innermost.missing == 0 else { return nil }
            let complete = innermost
            innermost = outer.popLast() ?? Partial()
            // An attribute only comments on the value that follows it.
            guard complete.kind != .attribute else { return nil }
            value = Self.aggregate(complete.kind, complete.values)
        }
        return value
    }

    private mutating func readItem(_ input: inout Input) throws(RedisError) -> Item {
        if let text = expectedText {
            let item = try readText(text.kind, length: text.length, &input)
            if case .value = item { expectedText = nil }
            return item
        }
        guard input.count > 0 else { return .incomplete }
        let type = input.bytes[input.offset]
        guard Self.isType(type) else {
            throw violation("byte \(type) begins no RESP value. Is this a Redis server?")
        }
        guard let line = try readLine(&input) else { return .incomplete }

        switch type {
        case UInt8(ascii: "$"): return try openText(.string, number(line), &input)
        case UInt8(ascii: "*"): return try openAggregate(.array, number(line))
        case UInt8(ascii: ":"): return .value(.integer(try number(line)))
        case UInt8(ascii: "+"): return .value(.simpleString(String(decoding: line, as: UTF8.self)))
        case UInt8(ascii: "-"):
            return .value(.error(RedisReplyError(line: String(decoding: line, as: UTF8.self))))
        case UInt8(ascii: "!"): return try openText(.error, number(line), &input)
        case UInt8(ascii: "="): return try openText(.verbatim, number(line), &input)
        case UInt8(ascii: "%"): return try openAggregate(.map, number(line))
        case UInt8(ascii: "~"): return try openAggregate(.set, number(line))
        case UInt8(ascii: ">"): return try openAggregate(.push, number(line))
        case UInt8(ascii: "|"): return try openAggregate(.attribute, number(line))
        default: return .value(try scalar(type, line))
        }
    }

    private func scalar(_ type: UInt8, _ content: UnsafeRawBufferPointer) throws(RedisError) -> RESPValue {
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

    private mutating func openText(
        _ kind: Text,
        _ length: Int64,
        _ input: inout Input
    ) throws(RedisError) -> Item {
        if length == -1, kind == .string { return .value(.null) }
        guard length >= 0 else { throw violation("a string has the length \(length)") }
        guard length <= limits.string else {
            throw violation("a string of \(length) bytes is over the limit of \(limits.string)")
        }
        stringBytes += Int(length)
        guard stringBytes <= limits.reply else {
            throw violation("a reply is over the limit of \(limits.reply) bytes")
        }
        let item = try readText(kind, length: Int(length), &input)
        if case .incomplete = item { expectedText = (kind, Int(length)) }
        return item
    }

    private func readText(_ kind: Text, length: Int, _ input: inout Input) throws(RedisError) -> Item {
        guard input.count >= length + 2 else { return .incomplete }
        let end = input.offset + length
        guard input.bytes[end] == 0x0D, input.bytes[end + 1] == 0x0A,
            var text = input.owner.getSlice(at: input.owner.readerIndex + input.offset, length: length)
        else { throw violation("a string is longer than its length says") }
        input.offset = end + 2
        switch kind {
        case .string: return .value(.bulkString(text))
        case .error: return .value(.error(RedisReplyError(line: String(buffer: text))))
        case .verbatim:
            guard let format = text.readString(length: 4), format.hasSuffix(":") else {
                throw violation("a verbatim string does not name its format")
            }
            return .value(.verbatim(format: String(format.dropLast()), text))
        }
    }

    // MARK: Aggregates

    private mutating func openAggregate(_ kind: Aggregate, _ count: Int64) throws(RedisError) -> Item {
        if count == -1, kind == .array { return .value(.null) }
        guard count >= 0 else { throw violation("an aggregate has the length \(count)") }
        if kind == .push, innermost.missing > 0 { throw violation("a push message lies inside of a reply") }
        guard count <= limits.elements else {
            throw violation("an aggregate of \(count) elements is over the limit of \(limits.elements)")
        }
        let missing = kind == .map || kind == .attribute ? Int(count) * 2 : Int(count)
        elements += missing
        guard elements <= limits.elements else {
            throw violation("a reply is over the limit of \(limits.elements) elements")
        }
        guard missing > 0 else { return kind == .attribute ? .opened : .value(Self.aggregate(kind, [])) }
        if innermost.missing > 0 {
            // It lies around the one that opens, which is counted, too.
            guard outer.count + 1 < limits.depth else {
                throw violation("aggregates lie more than \(limits.depth) deep")
            }
            outer.append(innermost)
        }
        innermost = Partial(kind: kind, missing: missing)
        // What a header promises is not yet there: it must not make us allocate it.
        innermost.values.reserveCapacity(min(missing, 256))
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

    /// Takes a line; what comes back is what stands between its type and its end.
    private mutating func readLine(_ input: inout Input) throws(RedisError) -> UnsafeRawBufferPointer? {
        let bytes = input.bytes
        var end = input.offset + scanned
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        guard end - input.offset <= limits.line else {
            throw violation("a line is over the limit of \(limits.line) bytes")
        }
        guard end < bytes.count else {
            scanned = input.count
            return nil
        }
        scanned = 0
        // The first byte is the type, so that there is one before the line end.
        guard bytes[end - 1] == 0x0D else { throw violation("a line ends without CR") }
        let line = UnsafeRawBufferPointer(rebasing: bytes[(input.offset + 1)..<(end - 1)])
        input.offset = end + 1
        return line
    }

    private func number(_ text: UnsafeRawBufferPointer) throws(RedisError) -> Int64 {
        let isNegative = text.first == UInt8(ascii: "-")
        let first = isNegative || text.first == UInt8(ascii: "+") ? 1 : 0
        var number: Int64 = 0
        var isNumber = (1...19).contains(text.count - first)
        var index = first
        while isNumber, index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            // Downwards, since there is one number more below zero than above it.
            let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (next, overflows) = tenfold.subtractingReportingOverflow(Int64(digit))
            isNumber = digit < 10 && !isTooLarge && !overflows
            number = next
            index += 1
        }
        if isNumber, isNegative { return number }
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
