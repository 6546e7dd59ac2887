internal import Monitoring

/// Decides, purely, from what the broker says of itself what it may have lost.
struct IncarnationWatch: Sendable {
    /// What may be lost.
    enum Loss: Sendable, Equatable {
        case everything
        /// What was queued at this moment or later.
        case since(Timestamp)
    }

    /// How much longer than until it was last seen well a broker may have kept things from its disk or its replicas.
    static let lag = Duration.seconds(60)

    private var known: (incarnation: QueueIncarnation, seenAt: Timestamp)?

    /// When the broker was seen last that is known.
    var seenAt: Timestamp? { known?.seenAt }

    /// What a broker may have lost that presents itself like this; nil for nothing.
    ///
    /// Of what was before the first sight nothing is known.
    func loss(at incarnation: QueueIncarnation) -> Loss? {
        guard let known, known.incarnation.epoch == incarnation.epoch else { return .everything }
        return known.incarnation.run == incarnation.run ? nil : .since(known.seenAt - Self.lag)
    }

    /// Notes that the broker is this one, and that all has been done that followed from its being another.
    mutating func accept(_ incarnation: QueueIncarnation, at now: Timestamp) {
        known = (incarnation, now)
    }
}
