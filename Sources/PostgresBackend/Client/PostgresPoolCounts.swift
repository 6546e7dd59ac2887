/// How it stands with the connections of a process.
package struct PostgresPoolCounts: Sendable, Equatable {
    /// Connections that are lent, or being opened.
    package let lent: Int
    package let idle: Int
    /// Those who wait for a connection.
    package let waiting: Int
    /// Connections that were made, ever.
    package let connects: Int
    /// Connections that could not be made, ever.
    package let connectFailures: Int
}
