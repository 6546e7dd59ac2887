/// One thing that is done to one part of the system.
struct Fault: Hashable, Sendable {
    /// What is done.
    enum Kind: String, CaseIterable, Sendable {
        /// SIGKILL, and a new start.
        case kill
        /// SIGSTOP for longer than a lease, then SIGCONT.
        case stop
        /// SIGTERM, and a new start.
        case restart
        /// All connections of the broker are closed.
        case disconnect
        /// The broker has no memory left for a while.
        case fill
    }

    /// What it is done to.
    enum Target: String, CaseIterable, Sendable {
        case pusher
        case monitor
        case api
        case notifier
        case redis
        case postgres
        /// One process that has all roles.
        case serve

        /// Whether it sends to receivers, so that its end may repeat what it had in flight.
        var sends: Bool { self == .notifier || self == .serve }
    }

    let kind: Kind
    let target: Target
}
