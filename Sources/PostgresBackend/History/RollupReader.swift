internal import Foundation
internal import StoredForms

/// Makes rows of rollups of what they are rolled up from, within one transaction.
struct RollupReader {
    typealias Made = (rows: [RollupPiece.Row], next: RollupPiece.Place?)

    let connection: PostgresConnection
    /// Rows to read for one piece.
    let limit: Int

    /// Sites to look at for one piece.
    private static let sitesPerPiece: Int64 = 2_000
    /// Rows to hold at once; the statement says the same.
    private static let rowsPerFetch = 2_000
    private static let fetch: SQL = "FETCH 2000 FROM source"

    // MARK: Pieces

    /// Rolls raw results up into minutes, from a place on.
    func minutes(from place: RollupPiece.Place, in span: Range<Int64>) async throws -> Made {
        try await piece(
            """
            SELECT site.id AS site_id, source.slot, source.verdict, source.status_code, source.total
            FROM (SELECT id FROM site WHERE id >= $1 AND id < $2) AS site CROSS JOIN LATERAL (
                SELECT slot, verdict, status_code, total FROM result WHERE site_id = site.id
                AND slot >= CASE WHEN site.id = $1 THEN $3 ELSE $4 END AND slot < $5
            ) AS source ORDER BY site.id, source.slot
            """,
            limit: limit,
            from: place,
            in: span
        ) { piece, row in try Self.addResult(row, to: &piece) }
    }

    /// Rolls minutes up into hours and days, from a place on.
    func days(from place: RollupPiece.Place, in span: Range<Int64>) async throws -> Made {
        try await piece(
            """
            SELECT site.id AS site_id, source.start, source.entries
            FROM (SELECT id FROM site WHERE id >= $1 AND id < $2) AS site CROSS JOIN LATERAL (
                SELECT start, entries FROM rollup_minute WHERE site_id = site.id
                AND start >= CASE WHEN site.id = $1 THEN $3 ELSE $4 END AND start < $5
            ) AS source ORDER BY site.id, source.start
            """,
            limit: limit / 60,
            from: place,
            in: span
        ) { piece, row in try Self.addHour(row, to: &piece) }
    }

    /// Reads with a cursor, since how many rows there are is known only when the piece is full.
    private func piece(
        _ source: SQL,
        limit: Int,
        from place: RollupPiece.Place,
        in span: Range<Int64>,
        _ add: (inout RollupPiece, PostgresRow) throws -> RollupPiece.Place?
    ) async throws -> Made {
        let nextSite = try await connection.query(
            "SELECT id FROM site WHERE id >= $1 ORDER BY id LIMIT 1 OFFSET $2",
            [.int(place.site), .int(Self.sitesPerPiece)]
        ).first?.int("id")
        try await connection.execute(
            "DECLARE source NO SCROLL CURSOR FOR \(source)",
            [
                .int(place.site), .int(nextSite ?? .max), .int(place.moment), .int(span.lowerBound),
                .int(span.upperBound),
            ]
        )
        var piece = RollupPiece(limit: limit)
        var next: RollupPiece.Place?
        var rows: [PostgresRow]
        repeat {
            rows = try await connection.query(Self.fetch)
            for row in rows where next == nil { next = try add(&piece, row) }
        } while rows.count == Self.rowsPerFetch && next == nil
        try await connection.execute("CLOSE source")
        return (piece.rows, next ?? nextSite.map { RollupPiece.Place(site: $0, moment: span.lowerBound) })
    }

    // MARK: One site

    /// Rolls one hour of a site up.
    func minutes(of site: Int64, hour: Int64) async throws -> [RollupPiece.Row] {
        var piece = RollupPiece(limit: limit)
        let rows = try await connection.query(
            """
            SELECT site_id, slot, verdict, status_code, total FROM result
            WHERE site_id = $1 AND slot >= $2 AND slot < $3 ORDER BY slot
            """,
            [.int(site), .int(hour), .int(hour + Rollup.minute.rowSpan)]
        )
        for row in rows { _ = try Self.addResult(row, to: &piece) }
        return piece.rows
    }

    /// Rolls one day of a site up.
    func days(of site: Int64, day: Int64) async throws -> [RollupPiece.Row] {
        var piece = RollupPiece(limit: limit)
        let rows = try await connection.query(
            """
            SELECT site_id, start, entries FROM rollup_minute
            WHERE site_id = $1 AND start >= $2 AND start < $3 ORDER BY start
            """,
            [.int(site), .int(day), .int(day + Rollup.day.rowSpan)]
        )
        for row in rows { _ = try Self.addHour(row, to: &piece) }
        return piece.rows
    }

    // MARK: Rows

    private static func addResult(_ row: PostgresRow, to piece: inout RollupPiece) throws -> RollupPiece.Place? {
        try piece.add(
            site: try row.int("site_id"),
            slot: try row.int("slot"),
            verdict: Int(try row.int("verdict")),
            statusCode: try row.optionalInt("status_code").map { Int($0) },
            total: try row.optionalInt("total")
        )
    }

    private static func addHour(_ row: PostgresRow, to piece: inout RollupPiece) throws -> RollupPiece.Place? {
        piece.add(
            site: try row.int("site_id"),
            hour: try row.int("start"),
            try RollupRow(Data(try row.bytes("entries")))
        )
    }

    func write(_ rows: [RollupPiece.Row]) async throws {
        for level in Rollup.allCases {
            let rows = rows.filter { $0.level == level }
            guard !rows.isEmpty else { continue }
            try await connection.execute(
                """
                INSERT INTO \(level.table) (site_id, start, entries) SELECT * FROM unnest($1, $2, $3)
                ON CONFLICT (site_id, start) DO UPDATE SET entries = excluded.entries
                """,
                [.ints(rows.map(\.site)), .ints(rows.map(\.start)), .blobs(rows.map { [UInt8]($0.row.data) })]
            )
        }
    }
}
