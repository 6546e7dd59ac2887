internal import CLibpq

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The parameters of a statement, in libpq's shape.
struct PostgresParameters {
    private var bytes: [UInt8] = []
    private var types: [Oid] = []
    /// Nil for NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []

    init(_ values: [PostgresValue]) {
        for value in values {
            let start = bytes.count
            value.write(to: &bytes)
            types.append(value.type)
            starts.append(value.isNull ? nil : start)
            lengths.append(Int32(bytes.count - start))
        }
        // Even the last value, where it is empty, then has an address.
        bytes.append(0)
    }

    /// Hands the statement to libpq, which copies it; 1 where it did.
    func send(_ sql: String, over connection: OpaquePointer) -> Int32 {
        bytes.withUnsafeBytes { bytes in
            let first = bytes.assumingMemoryBound(to: CChar.self).baseAddress
            let pointers = starts.map { start in start.flatMap { first?.advanced(by: $0) } }
            let formats = [Int32](repeating: 1, count: starts.count)
            return PQsendQueryParams(connection, sql, Int32(starts.count), types, pointers, lengths, formats, 1)
        }
    }
}

extension PostgresResult {
    /// Copies what libpq holds.
    init(reading result: OpaquePointer) throws {
        affectedRows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        let fields = 0..<PQnfields(result)
        let names = fields.map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        let types = fields.map { PQftype(result, $0) }
        let columns = PostgresColumns(names)
        rows = try (0..<PQntuples(result)).map { row in
            let values = try fields.map { field in
                let place = Int(field)
                return try PostgresValue(
                    type: types[place],
                    bytes: PQgetisnull(result, row, field) == 1
                        ? nil
                        : UnsafeRawBufferPointer(
                            start: PQgetvalue(result, row, field),
                            count: Int(PQgetlength(result, row, field))
                        ),
                    column: names[place]
                )
            }
            return PostgresRow(columns: columns, values: values)
        }
    }
}

extension [(keyword: String, value: String)] {
    /// Runs `body` with the keywords and the values as C's lists of texts, each ended by NULL.
    func withCStrings<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = map { (strdup($0.keyword), strdup($0.value)) }
        defer {
            for (keyword, value) in copies {
                free(keyword)
                free(value)
            }
        }
        let keywords = copies.map { UnsafePointer($0.0) } + [nil]
        let values = copies.map { UnsafePointer($0.1) } + [nil]
        return body(keywords, values)
    }
}
