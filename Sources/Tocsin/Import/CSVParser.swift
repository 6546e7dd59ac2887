/// Splits CSV (RFC 4180) into records as its bytes arrive; memory holds one record.
///
/// Lines end in CRLF, LF or CR; a byte order mark at the start and empty lines are passed over.
struct CSVParser {
    /// One record, and the line that it begins on, counted from 1.
    struct Record: Sendable, Equatable {
        let line: Int
        let fields: [String]
    }

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// After a quote in a quoted field: its end, or the first of a pair.
        case quote
    }

    /// The most bytes of one record.
    static let longestRecord = 4 << 20

    private var state = State.fieldStart
    private var line = 1
    private var recordLine = 1
    private var quoteLine = 1
    private var field: [UInt8] = []
    private var fields: [String] = []
    private var size = 0
    private var follows = false
    private var marks: [UInt8]? = []

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Takes the next bytes and hands on each record that ends in them.
    ///
    /// - Throws: ``ImportProblem``, or what `record` throws.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ record: (Record) throws -> Void) throws {
        var rest = bytes
        while let seen = marks, let byte = rest.first {
            // The first bytes are held back until it is clear whether they are a byte order mark.
            if byte == Self.mark[seen.count] {
                rest = rest.dropFirst()
                marks = seen.count + 1 == Self.mark.count ? nil : seen + [byte]
            } else {
                marks = nil
                for held in seen { try take(held, record) }
            }
        }
        while let byte = rest.first {
            if state == .plain || state == .quoted {
                // What stands between marks is taken in one piece.
                let run = rest.prefix { !Self.isMark($0) }
                if !run.isEmpty {
                    follows = false
                    try add(run)
                    rest = rest[run.endIndex...]
                    continue
                }
            }
            rest = rest.dropFirst()
            try take(byte, record)
        }
    }

    /// Ends the text and hands on the last record, if it has no line end.
    mutating func finish(_ record: (Record) throws -> Void) throws {
        let held = marks ?? []
        marks = nil
        for byte in held { try take(byte, record) }
        if state == .quoted { throw ImportProblem(line: quoteLine, "a quoted field that begins here does not end") }
        if !fields.isEmpty || !field.isEmpty || state != .fieldStart { try endRecord(record) }
    }

    private mutating func take(_ byte: UInt8, _ record: (Record) throws -> Void) throws {
        let isSecondOfPair = follows && byte == UInt8(ascii: "\n")
        follows = false
        if isSecondOfPair, state != .quoted { return }
        try grow(by: 1)
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quote
        case (.quoted, _):
            if byte == UInt8(ascii: "\n") { line += 1 }
            field.append(byte)
        case (.quote, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (.fieldStart, UInt8(ascii: "\"")):
            quoteLine = line
            state = .quoted
        case (_, UInt8(ascii: ",")):
            try endField()
            state = .fieldStart
        case (_, UInt8(ascii: "\r")), (_, UInt8(ascii: "\n")):
            follows = byte == UInt8(ascii: "\r")
            let isEmpty = state == .fieldStart && fields.isEmpty
            if !isEmpty { try endRecord(record) }
            line += 1
            recordLine = line
            size = 0
        case (.quote, _):
            throw ImportProblem(line: line, "text after the closing quote of a field; double the quotes inside it")
        case (.plain, UInt8(ascii: "\"")):
            throw ImportProblem(
                line: line,
                "a quote inside a field that does not begin with one; quote the whole field"
            )
        default:
            field.append(byte)
            state = .plain
        }
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private mutating func add(_ run: ArraySlice<UInt8>) throws {
        try grow(by: run.count)
        field.append(contentsOf: run)
    }

    private mutating func grow(by count: Int) throws {
        size += count
        guard size <= Self.longestRecord else {
            throw ImportProblem(
                line: recordLine,
                "a record of more than \(Self.longestRecord >> 20) MiB; is a quote missing?"
            )
        }
    }

    private mutating func endField() throws {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw ImportProblem(line: recordLine, "text that is not UTF-8")
        }
        fields.append(text)
        field.removeAll(keepingCapacity: true)
    }

    private mutating func endRecord(_ record: (Record) throws -> Void) throws {
        try endField()
        state = .fieldStart
        let whole = Record(line: recordLine, fields: fields)
        fields.removeAll(keepingCapacity: true)
        try record(whole)
    }
}
