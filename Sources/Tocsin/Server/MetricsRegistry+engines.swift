internal import Foundation
internal import PostgresBackend
internal import Redis
internal import Telemetry

extension MetricsRegistry {
    /// Tells how it stands with the connections to Redis.
    func observe(_ client: RedisClient) {
        func one(_ name: String, _ value: @escaping @Sendable (RedisPoolCounts) -> Int) {
            observe(name) { [MetricSample([], Double(value(client.poolCounts)))] }
        }
        one("tocsin_redis_connections", \.connections)
        one("tocsin_redis_requests_in_flight", \.requestsInFlight)
        one("tocsin_redis_requests_waiting", \.requestsWaiting)
        one("tocsin_redis_connects_total", \.connects)
        one("tocsin_redis_connect_failures_total", \.connectFailures)
    }

    /// Tells how it stands with the connections to PostgreSQL.
    func observe(_ database: PostgresDatabase) {
        func one(_ name: String, _ value: @escaping @Sendable (PostgresPoolCounts) -> Int) {
            observe(name) { [MetricSample([], Double(value(database.poolCounts)))] }
        }
        observe("tocsin_postgres_connections") {
            let counts = database.poolCounts
            return [MetricSample(["idle"], Double(counts.idle)), MetricSample(["lent"], Double(counts.lent))]
        }
        one("tocsin_postgres_requests_waiting", \.waiting)
        one("tocsin_postgres_connects_total", \.connects)
        one("tocsin_postgres_connect_failures_total", \.connectFailures)
    }

    /// Tells how large the SQLite file at a path is, and its write-ahead log.
    func observeSQLite(at path: String) {
        observe("tocsin_sqlite_file_bytes") {
            [("database", path), ("log", path + "-wal")].compactMap { file, path in
                let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
                return size.map { MetricSample([file], $0.doubleValue) }
            }
        }
    }
}
