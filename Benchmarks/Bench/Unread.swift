internal import ArgumentParser
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Notifications

/// Answers 202 to events whose bodies it does not read, on the server that the API uses: what that costs alone.
struct Unread: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Answers 202 to events, unread.")

    @Option(help: "The port on 127.0.0.1; a free one where it is 0.")
    var port = 0

    func run() async throws {
        let router = Router()
        router.post("/v1/events") { _, _ in Response(status: .accepted) }
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                JSON.object([.init("port", JSON(channel.localAddress?.port ?? 0))]).printLine()
            },
            logger: BenchBroker.logger
        )
        try await application.run()
    }
}
