package import Monitoring

/// Makes channels from their settings.
package struct ChannelFactory: Sendable {
    private let transport: ChannelTransport
    private let time: any TimeSource
    private let console: ConsoleChannel.Writer

    /// Makes a factory.
    ///
    /// - Parameters:
    ///   - transport: How channels speak HTTP.
    ///   - time: The time of signatures.
    ///   - console: Writes a line of the console channel.
    package init(transport: ChannelTransport, time: any TimeSource, console: @escaping ConsoleChannel.Writer) {
        self.transport = transport
        self.time = time
        self.console = console
    }

    /// Makes a channel.
    ///
    /// - Parameter settings: As they are stored.
    /// - Returns: The channel, ready to send.
    /// - Throws: ``FieldProblem`` for settings that were valid once and are not now.
    package func channel(_ settings: ChannelSettings) throws(FieldProblem) -> any Channel {
        switch settings.type {
        case .webhook:
            WebhookChannel(
                url: try required("url", of: settings),
                secrets: try WebhookSecret.list(parsing: required("secret", of: settings)),
                timeout: timeout(of: settings),
                transport: transport,
                time: time
            )
        case .slack:
            SlackChannel(
                url: try required("url", of: settings),
                timeout: timeout(of: settings),
                transport: transport
            )
        case .ntfy:
            NtfyChannel(
                url: try required("url", of: settings),
                topic: try required("topic", of: settings),
                token: settings.value("token"),
                timeout: timeout(of: settings),
                transport: transport
            )
        case .console: ConsoleChannel(write: console)
        }
    }

    private func required(_ name: String, of settings: ChannelSettings) throws(FieldProblem) -> String {
        guard let value = settings.value(name) else {
            throw FieldProblem(pointer: "/settings/\(name)", detail: "The channel has no \(name); set one.")
        }
        return value
    }

    private func timeout(of settings: ChannelSettings) -> Duration {
        settings.value("timeout").flatMap { Duration(text: $0) } ?? .seconds(10)
    }
}
