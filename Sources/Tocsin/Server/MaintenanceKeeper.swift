internal import Logging
internal import Monitoring
internal import ServiceLifecycle

/// Shows sites in maintenance when a window begins, and as they are when it ends, within a second.
///
/// What is told and counted does not wait for this: it follows from the time of each check. Several processes may do it.
struct MaintenanceKeeper: Service {
    let store: any MaintenanceStore
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isFailing = false
            while !Task.isCancelled {
                do {
                    let changed = try await store.showWindows()
                    if changed > 0 {
                        logger.info("sites went into maintenance or came out", metadata: ["sites": "\(changed)"])
                    }
                    isFailing = false
                } catch {
                    // Once an outage.
                    if !isFailing, !Task.isCancelled {
                        logger.warning("which sites are in maintenance can't be shown", metadata: ["error": "\(error)"])
                    }
                    isFailing = true
                }
                do { try await time.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }
}
