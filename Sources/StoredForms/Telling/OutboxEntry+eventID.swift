package import Monitoring

extension OutboxEntry {
    /// Makes the id of the event that a transition becomes, of the form of those that the API makes.
    package static func makeEventID(of transition: Transition) -> String {
        ULID.text(at: transition.at, prefix: "evt_")
    }
}
