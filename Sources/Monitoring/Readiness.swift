/// Whether a role can do its work now.
package enum Readiness: Sendable, Equatable {
    case ready
    /// The reason, as one sentence for people.
    case notReady(String)
}

/// Something that knows whether it can do its work; `/readyz` asks all of them.
package protocol ReadinessReporting: Sendable {
    var readiness: Readiness { get }
}
