internal import Monitoring
internal import Networking
internal import NIOCore

/// One check on its way: what is to be done by when, and what has been seen so far.
struct HTTPCheck {
    let settings: SiteSettings
    let timeout: Duration
    let deadline: NIODeadline
    let connector: GuardedConnector
    let eventLoop: any EventLoop
    let tls: TLSClient
    let userAgent: String
    let time: any TimeSource

    private let startedAt: NIODeadline
    private var observation = Observation(verdict: .down)
    private var bodyStart: String?
    private var endedAt: NIODeadline?

    init(
        _ target: ProbeTarget,
        startedAt: NIODeadline,
        connector: GuardedConnector,
        eventLoop: any EventLoop,
        tls: TLSClient,
        userAgent: String,
        time: any TimeSource
    ) {
        settings = target.settings
        timeout = target.timeout
        self.startedAt = startedAt
        deadline = startedAt + TimeAmount(target.timeout)
        self.connector = connector
        self.eventLoop = eventLoop
        self.tls = tls
        self.userAgent = userAgent
        self.time = time
    }

    /// Goes from redirect to redirect to the answer that counts, and judges it.
    mutating func run() async -> Observation {
        await follow()
        let total = Duration((endedAt ?? .now()) - startedAt)
        observation.phases.total = total
        if observation.verdict == .up, let latency = settings.expect.latency, total > latency {
            observation.verdict = .degraded
            observation.failure = CheckFailure(
                phase: .latency,
                message: "answered in \(total.spoken), expected at most \(latency.spoken)"
            )
        }
        return observation
    }

    private mutating func follow() async {
        do throws(CheckStopped) {
            var (target, request) = try start()
            var followed = 0
            while true {
                let answer = try await exchange(request, with: target)
                guard isFollowed(answer.status) else {
                    observation.failure = answer.failure(against: settings.expect, bodyStart: bodyStart)
                    observation.verdict = observation.failure == nil ? .up : .down
                    return
                }
                let next = try redirect(answer, from: target, after: followed)
                request = request.redirected(status: answer.status, from: target, to: next)
                target = next
                followed += 1
            }
        } catch {
            observation.verdict = .down
            observation.failure = error.failure
        }
    }

    private func start() throws(CheckStopped) -> (HTTPTarget, HTTPRequest) {
        let target: HTTPTarget
        do {
            target = try HTTPTarget(settings.url)
        } catch {
            throw CheckStopped(.url, error.message)
        }
        do {
            return (target, try HTTPRequest(settings, userAgent: userAgent))
        } catch {
            throw CheckStopped(.request, error.message)
        }
    }

    /// One hop: a fresh connection through the guard, one request, one answer.
    private mutating func exchange(
        _ request: HTTPRequest,
        with target: HTTPTarget
    ) async throws(CheckStopped) -> HTTPAnswer {
        observation.phases = Phases()
        observation.statusCode = nil
        observation.address = nil
        bodyStart = nil
        endedAt = nil
        let order = HTTPExchangeHandler.Order(
            head: request.head(for: target),
            body: request.body,
            keyword: settings.expect.body,
            follows: { [settings] in Self.isFollowed($0, settings) },
            isTLS: target.isTLS,
            host: target.host,
            deadline: deadline,
            time: time
        )
        let connection = try await connect(order, target)
        observation.address = connection.address.description
        observation.phases.dns = connection.dns
        observation.phases.connect = connection.connect
        let exchange = await exchanged(connection)
        observation.phases.tls = exchange.tls
        observation.phases.firstByte = exchange.firstByte
        observation.phases.transfer = exchange.transfer
        observation.statusCode = exchange.statusCode
        if let end = exchange.certificate?.end {
            // Of several certificates on the way, the one that ends first breaks it.
            observation.certificateEndsAt = min(observation.certificateEndsAt ?? end, end)
        }
        bodyStart = exchange.bodyStart
        endedAt = exchange.endedAt
        switch exchange.outcome {
        case .answered(let answer): return answer
        case .failed(let phase, let message): throw CheckStopped(phase, message, bodyStart: bodyStart)
        case .timedOut(let phase, let during): throw timedOut(phase, during)
        case .cancelled: throw CheckStopped(.response, "the check was given up")
        }
    }

    private mutating func connect(
        _ order: HTTPExchangeHandler.Order,
        _ target: HTTPTarget
    ) async throws(CheckStopped) -> GuardedConnection<EventLoopFuture<HTTPExchange>> {
        let (tls, verifies) = (tls, settings.verifyTLS)
        do throws(ConnectError) {
            return try await connector.connect(
                to: target.host,
                port: target.port,
                on: eventLoop,
                deadline: deadline
            ) { channel in
                let encryption =
                    target.isTLS ? try tls.handler(serverName: target.serverName, verifies: verifies) : nil
                return try HTTPExchangeHandler.start(order, on: channel, encryption: encryption)
            }
        } catch {
            // A refused address was not connected to.
            observation.address = error.code == .guarded ? nil : error.address?.description
            observation.phases.dns = error.dns
            observation.phases.connect = error.connect
            switch error.code {
            case .guarded: throw CheckStopped(.guarded, error.message)
            case .dns: throw CheckStopped(.dns, error.message)
            case .connect: throw CheckStopped(.connect, error.message)
            case .timedOut where error.connect == nil: throw timedOut(.dns, "while looking up \(target.host)")
            case .timedOut:
                let address = error.address?.text(port: target.port) ?? target.authority
                throw timedOut(.connect, "while connecting to \(address)")
            case .cancelled: throw CheckStopped(.connect, "the check was given up")
            }
        }
    }

    private func exchanged(_ connection: GuardedConnection<EventLoopFuture<HTTPExchange>>) async -> HTTPExchange {
        await withTaskCancellationHandler {
            do {
                return try await connection.value.get()
            } catch {
                return HTTPExchange(outcome: .failed(.response, "the connection could not be used (\(error))"))
            }
        } onCancel: {
            connection.channel.triggerUserOutboundEvent(HTTPExchangeHandler.Abort(), promise: nil)
        }
    }

    /// A redirect is followed unless the site is expected to answer with just that status.
    private static func isFollowed(_ status: Int, _ settings: SiteSettings) -> Bool {
        [301, 302, 303, 307, 308].contains(status) && settings.redirects > 0
            && !settings.expect.status.contains { $0.codes == status...status }
    }

    private func isFollowed(_ status: Int) -> Bool { Self.isFollowed(status, settings) }

    private func redirect(
        _ answer: HTTPAnswer,
        from target: HTTPTarget,
        after followed: Int
    ) throws(CheckStopped) -> HTTPTarget {
        guard let location = answer.location, !location.isEmpty else {
            throw CheckStopped(.redirect, "status \(answer.status) without a Location to follow")
        }
        let next: HTTPTarget
        do {
            next = try target.redirected(to: location)
        } catch {
            throw CheckStopped(.redirect, "the redirect from \(target.text) can't be followed: \(error.message)")
        }
        guard followed < settings.redirects else {
            throw CheckStopped(.redirect, "more than \(settings.redirects) redirects, the last to \(next.text)")
        }
        return next
    }

    private func timedOut(_ phase: CheckFailure.Phase, _ during: String) -> CheckStopped {
        CheckStopped(phase, "timed out after \(timeout.spoken) \(during)", bodyStart: bodyStart)
    }
}

/// Ends a check that can't go on.
private struct CheckStopped: Error {
    let failure: CheckFailure

    init(_ phase: CheckFailure.Phase, _ message: String, bodyStart: String? = nil) {
        failure = CheckFailure(phase: phase, message: message, bodyStart: bodyStart)
    }
}

extension Duration {
    /// The duration for a sentence, such as `10 s` or `250 ms`.
    fileprivate var spoken: String {
        milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
