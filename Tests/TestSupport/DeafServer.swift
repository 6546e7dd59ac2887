internal import NIOCore
internal import NIOPosix

/// A port on the loopback address to which connections neither succeed nor fail.
package enum DeafServer {
    /// Runs `body` with such a port.
    ///
    /// - Parameter body: The test; it gets the port.
    /// - Returns: What the test returns.
    /// - Throws: What the test throws, or why the port can't be had.
    package static func with<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 0)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        guard let address = server.localAddress, let port = address.port else {
            throw NeverHappened(description: "the server has no port")
        }
        // The kernel takes as many as the backlog holds, and then lets callers wait.
        var waiting: [any Channel] = []
        var isDeaf = false
        while waiting.count < 16 && !isDeaf {
            do {
                let bootstrap = ClientBootstrap(group: group).connectTimeout(.milliseconds(500))
                waiting.append(try await bootstrap.connect(to: address).get())
            } catch is ChannelError {
                isDeaf = true
            }
        }
        let result: Swift.Result<Result, any Error>
        do {
            guard isDeaf else { throw NeverHappened(description: "the server took every connection") }
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        for channel in waiting + [server] { channel.close(promise: nil) }
        try await server.closeFuture.get()
        return try result.get()
    }
}
