internal import StoredForms

extension RollupProgress {
    /// Reads how far each level has come.
    static func read(_ connection: PostgresConnection) async throws -> Self {
        var progress = Self()
        for row in try await connection.query("SELECT level, through, oldest FROM rollup_progress") {
            progress.add(try row.text("level"), through: try row.optionalInt("through"), oldest: try row.int("oldest"))
        }
        return progress
    }

    static func setThrough(_ moment: Int64, of level: Rollup, _ connection: PostgresConnection) async throws {
        try await setThrough(moment, of: level.rawValue, connection)
    }

    static func setOldest(_ moment: Int64, of level: String, _ connection: PostgresConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO rollup_progress (level, oldest) VALUES ($1, $2)
            ON CONFLICT (level) DO UPDATE SET oldest = greatest(rollup_progress.oldest, excluded.oldest)
            """,
            [.text(level), .int(moment)]
        )
    }

    // MARK: The edge

    /// A result before this moment marks its hour, which may have been read to be rolled up.
    static func edge(_ connection: PostgresConnection) async throws -> Int64 {
        try await connection.query("SELECT through FROM rollup_progress WHERE level = $1", [.text(raw)]).first?
            .optionalInt("through") ?? .min
    }

    /// Moves the edge, once everybody who has not seen it is done recording.
    ///
    /// What those have recorded is then there to be read; whoever records later marks the hour.
    static func moveEdge(to moment: Int64, _ connection: PostgresConnection) async throws {
        guard try await edge(connection) < moment else { return }
        // While this waits, others wait behind it.
        try await connection.execute("SET LOCAL lock_timeout = '2s'")
        try await connection.lock(.rollupEdge)
        try await setThrough(moment, of: raw, connection)
    }

    private static func setThrough(
        _ moment: Int64,
        of level: String,
        _ connection: PostgresConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO rollup_progress (level, through) VALUES ($1, $2)
            ON CONFLICT (level) DO UPDATE SET through = greatest(rollup_progress.through, excluded.through)
            """,
            [.text(level), .int(moment)]
        )
    }
}

extension Rollup {
    var table: SQL {
        switch self {
        case .minute: "rollup_minute"
        case .hour: "rollup_hour"
        case .day: "rollup_day"
        }
    }
}
