/// What the commands that talk to a server read of the environment.
enum ClientEnvironment {
    static let url = "TOCSIN_URL"
    static let token = "TOCSIN_TOKEN"

    /// The variables that are no setting of `serve`.
    static let names: Set<String> = [url, token]

    /// The bytes that `sun_path` has for a name, less its terminating zero.
    #if os(Linux)
        static let longestSocketPath = 107
    #else
        static let longestSocketPath = 103
    #endif
}
