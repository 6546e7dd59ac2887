internal import ArgumentParser
internal import Foundation

/// What a run is to be.
struct ChaosOptions: Sendable {
    /// What keeps the queues.
    enum Broker: String, CaseIterable, Sendable, ExpressibleByArgument { case redis, embedded }
    /// What keeps the records.
    enum Database: String, CaseIterable, Sendable, ExpressibleByArgument { case sqlite, postgres }
    /// When Redis has its log on the disk.
    enum Sync: String, CaseIterable, Sendable, ExpressibleByArgument { case always, everysec }

    var seed: UInt64
    var broker = Broker.redis
    var database = Database.sqlite
    var sync = Sync.always
    var duration = Duration.seconds(60)
    /// Goes on until so many processes were killed, and for the duration at least.
    var kills = 0
    /// The mean pause between two faults.
    var every = Duration.seconds(1)
    var lease = Duration.seconds(5)
    var sites = 100
    var interval = Duration.seconds(10)
    var clients = 8
    /// Events a second, of all clients together.
    var rate = 40
    /// How long the system may take to come to rest.
    var settle = Duration.seconds(180)

    /// Attempts of one notifier at a time.
    static let notifierConcurrency = 16
    /// The longest that a killed process's work may lie still.
    static let takeover = Duration.seconds(8)
}
