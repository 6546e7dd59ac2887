internal import Logging
internal import Monitoring
internal import ServiceLifecycle

/// Rolls results up, deletes what is older than its retention, and tidies the stream.
///
/// Everything that it does may be done by several processes at once, and again.
struct Housekeeper: Service {
    private static let tidying = Duration.seconds(30)
    private static let maintaining = Duration.seconds(300)

    let monitoring: any MonitoringStore
    let stream: any JobStream
    let retention: Retention
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var maintainedAt: Timestamp?
            while !Task.isCancelled {
                do { try await time.sleep(for: Self.tidying) } catch { return }
                await trying("the stream could not be tidied; trying again later") { try await stream.tidy() }
                let now = time.now()
                if maintainedAt.map({ now - $0 >= Self.maintaining }) ?? true {
                    maintainedAt = now
                    await trying("results could not be rolled up; trying again later") {
                        let deleted = try await monitoring.maintain(retention)
                        if deleted > 0 { logger.debug("deleted old records", metadata: ["rows": "\(deleted)"]) }
                    }
                }
            }
        }
    }

    private func trying(_ complaint: Logger.Message, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            if !Task.isCancelled { logger.warning(complaint, metadata: ["error": "\(error)"]) }
        }
    }
}
