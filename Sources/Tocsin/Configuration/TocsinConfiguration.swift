internal import Logging
internal import Monitoring
internal import Networking
internal import Notifications

/// Everything that `tocsin serve` can be told, checked and complete.
struct TocsinConfiguration: Sendable, Equatable {
    /// How the pusher works.
    struct Pusher: Sendable, Equatable {
        var batchSize: Int
        var schedule: Schedule
        /// The backlog, in jobs, at which it waits.
        var highWater: Int
        var tick: Duration
    }

    /// The stream's name and its bound.
    struct Stream: Sendable, Equatable {
        var key: String
        var maxLength: Int
    }

    /// The queue's name and its bounds.
    struct Queue: Sendable, Equatable {
        var key: String
        var bounds: QueueBounds
    }

    /// Which addresses may be reached; `deny` wins.
    struct Network: Sendable, Equatable {
        var allow: [CIDR]
        var deny: [CIDR]
    }

    /// What is logged, and how.
    struct Log: Sendable, Equatable {
        var level: Logger.Level
        var format: LogFormat
    }

    var roles: Set<Role>
    var database: DatabaseLocation
    /// Connections to PostgreSQL at once.
    var databaseConnections: Int
    var broker: BrokerLocation
    var listen: ListenAddress
    /// The path of the Unix socket for local commands.
    var socket: String
    var region: String
    /// Of sites that set none.
    var interval: Duration
    /// A webhook channel to make if there is none for this URL.
    var webhook: String?
    /// The file that the configuration was read from.
    var file: String?
    var grace: Duration
    var lease: Duration
    var pusher: Pusher
    var stream: Stream
    var queue: Queue
    /// Checks at once.
    var monitorConcurrency: Int
    /// Deliveries at once.
    var notifierConcurrency: Int
    var retention: Retention
    /// How long the attempts of deliveries are kept.
    var deliveryRetention: Duration
    var network: Network
    var log: Log
    /// Where metrics can be read apart from the API; nil for nowhere.
    var metricsListen: ListenAddress?
    /// Whether the console channel is made at the first start.
    var hasConsoleChannel: Bool
    /// The key that secrets in the database are encrypted with.
    var secretKey: String?
}
