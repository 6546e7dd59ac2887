/// The value of a parameter, or of a column; nil is SQL's NULL.
package enum PostgresValue: Sendable, Equatable {
    /// `bigint`
    case int(Int64?)
    /// `text`; the character NUL, which PostgreSQL has no place for, is stored as U+FFFD.
    case text(String?)
    /// `bytea`
    case bytes([UInt8]?)
    /// `double precision`
    case double(Double?)
    /// `boolean`
    case bool(Bool?)
    /// `bigint[]`
    case ints([Int64?])
    /// `text[]`
    case texts([String?])
    /// `bytea[]`
    case blobs([[UInt8]?])

    /// The number of the type in `pg_type`.
    var type: UInt32 {
        switch self {
        case .bool: PostgresType.bool
        case .bytes: PostgresType.bytea
        case .int: PostgresType.int8
        case .text: PostgresType.text
        case .double: PostgresType.float8
        case .ints: PostgresType.int8Array
        case .texts: PostgresType.textArray
        case .blobs: PostgresType.byteaArray
        }
    }

    var isNull: Bool {
        switch self {
        case .int(nil), .text(nil), .bytes(nil), .double(nil), .bool(nil): true
        default: false
        }
    }

    /// Appends the value in PostgreSQL's binary format; nothing for NULL.
    func write(to bytes: inout [UInt8]) {
        switch self {
        case .int(let value): if let value { bytes.append(bigEndian: value) }
        case .text(let value):
            if let value { bytes.append(contentsOf: value.storable.utf8) }
        case .bytes(let value): if let value { bytes.append(contentsOf: value) }
        case .double(let value): if let value { bytes.append(bigEndian: value.bitPattern) }
        case .bool(let value): if let value { bytes.append(value ? 1 : 0) }
        case .ints(let values): bytes.append(array: values.map { .int($0) }, of: PostgresType.int8)
        case .texts(let values): bytes.append(array: values.map { .text($0) }, of: PostgresType.text)
        case .blobs(let values): bytes.append(array: values.map { .bytes($0) }, of: PostgresType.bytea)
        }
    }
}

/// Numbers in `pg_type`, which never change.
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let byteaArray: UInt32 = 1001
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let varchar: UInt32 = 1043
    static let void: UInt32 = 2278
}

extension String {
    /// The text without what `text` can't hold.
    fileprivate var storable: String {
        utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// The length, then the value.
    private mutating func append(field value: PostgresValue) {
        guard !value.isNull else { return append(bigEndian: Int32(-1)) }
        let start = count
        append(bigEndian: Int32(0))
        value.write(to: &self)
        let length = Int32(count - start - 4)
        Swift.withUnsafeBytes(of: length.bigEndian) { replaceSubrange(start..<start + 4, with: $0) }
    }

    /// One dimension that begins at 1; none for an empty array.
    fileprivate mutating func append(array values: [PostgresValue], of type: UInt32) {
        append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        append(bigEndian: Int32(values.contains { $0.isNull } ? 1 : 0))
        append(bigEndian: type)
        guard !values.isEmpty else { return }
        append(bigEndian: Int32(values.count))
        append(bigEndian: Int32(1))
        for value in values { append(field: value) }
    }
}
