internal import NIOCore
internal import NIOPosix

/// Connects to the first of a few addresses that answers (after RFC 8305), on one event loop.
///
/// The next address is tried when the last one failed or has kept silent for the stagger. What has not won when one
/// has is closed.
final class ConnectionRace<Value: Sendable> {
    /// Who came first.
    struct Winner: Sendable {
        let channel: any Channel
        let address: IPAddress
        let value: Value
        /// From the start of the race.
        let duration: Duration
    }

    private let addresses: [IPAddress]
    private let port: Int
    private let deadline: NIODeadline
    private let stagger: TimeAmount
    private let configure: @Sendable (any Channel) throws -> Value
    private let promise: EventLoopPromise<Winner>
    private let eventLoop: any EventLoop
    private let startedAt = NIODeadline.now()

    private var next = 0
    private var running = 0
    private var open: [any Channel] = []
    private var failures: [FailedAttempt] = []
    private var staggering: Scheduled<Void>?
    private var isOver = false

    init(
        addresses: [IPAddress],
        port: Int,
        deadline: NIODeadline,
        stagger: TimeAmount,
        promise: EventLoopPromise<Winner>,
        configure: @escaping @Sendable (any Channel) throws -> Value
    ) {
        self.addresses = addresses
        self.port = port
        self.deadline = deadline
        self.stagger = stagger
        self.promise = promise
        self.configure = configure
        eventLoop = promise.futureResult.eventLoop
    }

    /// Tries the next address; the first call starts the race.
    func advance() {
        staggering?.cancel()
        staggering = nil
        guard !isOver else { return }
        guard next < addresses.count else {
            if running == 0 { finish(.failure(RaceLost(failures: failures))) }
            return
        }
        let address = addresses[next]
        next += 1
        running += 1
        connect(to: address)
        if next < addresses.count && !isOver {
            staggering = eventLoop.assumeIsolated().scheduleTask(in: stagger) { self.advance() }
        }
    }

    /// Ends the race without a winner.
    func cancel() {
        finish(.failure(CancellationError()))
    }

    private func connect(to address: IPAddress) {
        let target: SocketAddress
        do {
            target = try address.socketAddress(port: port)
        } catch {
            return lost(address, error)
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let loop = eventLoop
        ClientBootstrap(group: loop)
            .connectTimeout(max(deadline - .now(), .milliseconds(1)))
            .channelInitializer { channel in
                bound.value.open.append(channel)
                return loop.makeSucceededVoidFuture()
            }
            .connect(to: target)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): self.won(address, channel)
                case .failure(let error): self.lost(address, error)
                }
            }
    }

    private func won(_ address: IPAddress, _ channel: any Channel) {
        running -= 1
        guard !isOver else { return channel.close(promise: nil) }
        do {
            let duration = Duration(NIODeadline.now() - startedAt)
            let value = try configure(channel)
            open.removeAll { $0 === channel }
            finish(.success(Winner(channel: channel, address: address, value: value, duration: duration)))
        } catch {
            finish(.failure(error))
        }
    }

    private func lost(_ address: IPAddress, _ error: any Error) {
        running -= 1
        failures.append(FailedAttempt(address: address, error: error))
        advance()
    }

    private func finish(_ result: Result<Winner, any Error>) {
        guard !isOver else { return }
        isOver = true
        staggering?.cancel()
        promise.completeWith(result)
        for channel in open { channel.close(promise: nil) }
        open = []
    }
}

/// No address accepted the connection.
struct RaceLost: Error {
    let failures: [FailedAttempt]
}
