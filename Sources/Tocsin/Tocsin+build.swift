/// Runs the roles of one process until it is told to end.
struct TocsinServer: Sendable {
    let configuration: TocsinConfiguration
    /// Registered as sites if they are not yet.
    let urls: [String]

    func run() async throws {
        throw CommandError(.failure, "This build has no server in it; build the whole package.")
    }
}
