/// A row of a result.
package struct PostgresRow: Sendable {
    let columns: PostgresColumns
    let values: [PostgresValue]

    /// An integer that is not NULL.
    package func int(_ column: String) throws -> Int64 { try present(optionalInt(column), column) }

    /// An integer.
    package func optionalInt(_ column: String) throws -> Int64? {
        guard case .int(let value) = try value(column) else { throw wrongType(column, "integers") }
        return value
    }

    /// A text that is not NULL.
    package func text(_ column: String) throws -> String { try present(optionalText(column), column) }

    /// A text.
    package func optionalText(_ column: String) throws -> String? {
        guard case .text(let value) = try value(column) else { throw wrongType(column, "texts") }
        return value
    }

    /// Bytes that are not NULL.
    package func bytes(_ column: String) throws -> [UInt8] { try present(optionalBytes(column), column) }

    /// Bytes.
    package func optionalBytes(_ column: String) throws -> [UInt8]? {
        guard case .bytes(let value) = try value(column) else { throw wrongType(column, "bytes") }
        return value
    }

    /// A floating-point number that is not NULL.
    package func double(_ column: String) throws -> Double { try present(optionalDouble(column), column) }

    /// A floating-point number.
    package func optionalDouble(_ column: String) throws -> Double? {
        guard case .double(let value) = try value(column) else { throw wrongType(column, "floating-point numbers") }
        return value
    }

    /// A truth value that is not NULL.
    package func bool(_ column: String) throws -> Bool {
        guard case .bool(let value) = try value(column) else { throw wrongType(column, "truth values") }
        return try present(value, column)
    }

    private func value(_ column: String) throws -> PostgresValue {
        guard let place = columns.places[column] else {
            throw PostgresError(.unexpectedData, "The result has no column \(column).")
        }
        return values[place]
    }

    private func present<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw PostgresError(.unexpectedData, "The column \(column) is NULL.") }
        return value
    }

    private func wrongType(_ column: String, _ expected: String) -> PostgresError {
        PostgresError(.unexpectedData, "The column \(column) does not hold \(expected).")
    }
}

/// The columns of a result.
struct PostgresColumns: Sendable {
    let places: [String: Int]

    init(_ names: [String]) {
        places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    }
}

extension PostgresValue {
    /// Reads a field in PostgreSQL's binary format; nil for NULL.
    init(type: UInt32, bytes: UnsafeRawBufferPointer?, column: String) throws {
        switch type {
        case PostgresType.int8: self = .int(try bytes.map { try Self.integer(Int64.self, $0, column) })
        case PostgresType.int4: self = .int(try bytes.map { Int64(try Self.integer(Int32.self, $0, column)) })
        case PostgresType.int2: self = .int(try bytes.map { Int64(try Self.integer(Int16.self, $0, column)) })
        case PostgresType.bool: self = .bool(try bytes.map { try Self.integer(UInt8.self, $0, column) != 0 })
        case PostgresType.float8:
            self = .double(try bytes.map { Double(bitPattern: try Self.integer(UInt64.self, $0, column)) })
        case PostgresType.float4:
            self = .double(try bytes.map { Double(Float(bitPattern: try Self.integer(UInt32.self, $0, column))) })
        case PostgresType.text, PostgresType.varchar, PostgresType.name, PostgresType.json:
            self = .text(bytes.map { String(decoding: $0, as: UTF8.self) })
        case PostgresType.bytea: self = .bytes(bytes.map { Array($0) })
        case PostgresType.void: self = .bytes(nil)
        default:
            throw PostgresError(
                .unexpectedData,
                "The column \(column) is of type \(type), which is not read here; cast it in the statement."
            )
        }
    }

    private static func integer<Value: FixedWidthInteger>(
        _ type: Value.Type,
        _ bytes: UnsafeRawBufferPointer,
        _ column: String
    ) throws -> Value {
        guard bytes.count == MemoryLayout<Value>.size else {
            throw PostgresError(.unexpectedData, "The column \(column) has a length of \(bytes.count) bytes.")
        }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }
}
