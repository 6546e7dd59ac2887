internal import NIOCore
package import NIOSSL

/// Where a Redis server is, how to speak to it, and the limits that apply.
///
/// It never prints the password.
package struct RedisConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    package var host: String
    package var port: Int
    /// The database that SELECT chooses.
    package var database: Int
    /// The ACL user, `default` where none is named.
    package var user: String?
    package var password: String?
    /// Set for `rediss://`.
    package var tls: NIOSSLContext?

    /// How long making a connection may take, TLS and login included; also how long a command waits for one.
    package var connectTimeout: Duration = .seconds(1)
    /// How long a command may take from its call to its reply; also how long a connection that is dead and does not show
    /// it is believed.
    package var commandTimeout: Duration = .milliseconds(1_500)
    /// How much longer than the server's own limit a blocking command is waited for.
    package var blockingMargin: Duration = .milliseconds(500)
    /// The most connections of the pool; sessions have their own.
    package var poolSize = 8
    /// The most commands that may wait for replies in the pool, or in one session; 4 KiB count as one more command.
    package var maximumPending = 16_384
    /// The delays between attempts to connect.
    package var backoff = Backoff()
    /// What CLIENT LIST shows.
    package var clientName: String

    /// Reads `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS, there with `?ca=PATH` to trust a CA.
    ///
    /// - Throws: ``RedisError`` with the code `.configuration`, which says what is wrong and never repeats the text.
    package init(url: String, clientName: String = "redis-client") throws {
        let url = try RedisURL(url)
        host = url.host
        port = url.port
        database = url.database
        user = url.user
        password = url.password
        self.clientName = clientName
        if url.usesTLS { tls = try Self.tlsContext(caFile: url.caFile) }
    }

    /// The server's address, without credentials.
    package var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var description: String {
        let login = password == nil ? "" : "\(user ?? ""):***@"
        return "\(tls == nil ? "redis" : "rediss")://\(login)\(address)/\(database)"
    }

    package var customMirror: Mirror { Mirror(self, children: ["url": description]) }

    private static func tlsContext(caFile: String?) throws(RedisError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let caFile { configuration.trustRoots = .file(caFile) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw RedisError(
                .configuration,
                "The CA file of the Redis URL can't be used: \(caFile ?? "the system's"). It must hold PEM certificates.",
                cause: error
            )
        }
    }
}

extension Duration {
    var timeAmount: TimeAmount {
        let (seconds, attoseconds) = components
        return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// The duration as a reader takes it in: `1.5 s`, `250 ms`.
    var text: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        guard milliseconds >= 1_000 else { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100
        return tenths.isMultiple(of: 10) ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
