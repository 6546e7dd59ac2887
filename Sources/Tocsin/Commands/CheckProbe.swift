internal import Monitoring

/// The one check that `tocsin check` makes.
enum CheckProbe {
    /// Checks a target from here; whoever runs the command may reach what this machine reaches.
    static func check(_ target: ProbeTarget) async throws -> Observation {
        throw CommandError(.failure, "This build has no probe in it; build the whole package.")
    }
}
