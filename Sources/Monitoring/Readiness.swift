/// Whether a part can do its work now.
package enum Readiness: Sendable, Equatable {
    case ready
    /// One sentence that says what it waits for.
    case notReady(String)
}

/// A part of the process that can say whether it is able to do its work, for `/readyz`.
package protocol ReadinessReporting: Sendable {
    /// How it stands now.
    var readiness: Readiness { get }
}
