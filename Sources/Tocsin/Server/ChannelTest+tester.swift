internal import Monitoring
internal import Notifications
internal import Web

extension ChannelTest {
    /// Sends a test message through a channel and says what came of it.
    init(_ channel: RegisteredChannel, by tester: ChannelTester, time: any TimeSource) async {
        let startedAt = time.now()
        do {
            let outcome = try await tester.test(channel.id)
            self.init(
                succeeded: outcome.isDelivered,
                statusCode: outcome.statusCode,
                duration: time.now() - startedAt,
                response: outcome.response,
                error: outcome.error
            )
        } catch {
            self.init(succeeded: false, duration: time.now() - startedAt, error: "\(error)")
        }
    }
}
