internal import Foundation
internal import Notifications
internal import Synchronization
internal import TestSupport

/// The receivers of all channels: they answer by the seed, and write down what came.
final class Receptions: Sendable {
    private struct State {
        var deliveries = DeliveryLedger()
        var alerts = AlertOrder()
        var windows = RateWindows()
        var attempts: [String: UInt64] = [:]
        var violations = ViolationLog()
    }

    private let seed: UInt64
    private let state = Mutex(State())

    init(seed: UInt64) {
        self.seed = seed
    }

    var deliveries: DeliveryLedger { state.withLock { $0.deliveries } }
    var alerts: AlertOrder { state.withLock { $0.alerts } }
    var windows: RateWindows { state.withLock { $0.windows } }
    var violations: ViolationLog { state.withLock { $0.violations } }

    /// A sender was answered 202.
    func accepted(_ number: Int, as id: String) {
        state.withLock { $0.deliveries.accepted(number, as: id, at: unixTime()) }
    }

    /// A sender was answered as it should not be.
    func refused(_ number: Int, _ answer: String) {
        state.withLock { $0.violations.add(.eventRefused, "event \(number): \(answer)") }
    }

    /// Answers a request to a channel.
    func answer(_ request: LocalReceiver.Request) -> LocalReceiver.Answer {
        guard let receiver = Receiver(path: request.path), let body = try? JSON(parsing: request.body) else {
            return .respond(status: 404)
        }
        let id = request.header("webhook-id")
        let number = receiver == .slack ? Self.numberInText(body) : body["data"]?["n"]?.int
        let now = unixTime()
        return state.withLock { state in
            if let left = state.windows.called(receiver, at: now) { return Self.limited(receiver, left) }
            let event = number.map { "\($0)" } ?? id ?? ""
            let attempt = state.attempts["\(receiver) \(event)", default: 0]
            state.attempts["\(receiver) \(event)"] = attempt + 1
            let hash = event.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            let reply = receiver.reply(seed: seed, to: hash, attempt: attempt)
            if let number {
                state.deliveries.arrived(number, id: id, at: receiver, isAnswered: reply.isSuccess)
            } else if receiver.hearsOfSites {
                state.alerts.arrived(body, at: receiver, isAnswered: reply.isSuccess)
            }
            if case .limit(let milliseconds) = reply { state.windows.limited(receiver, at: now, for: milliseconds) }
            return Self.answer(reply, of: receiver)
        }
    }

    private static func answer(_ reply: Receiver.Reply, of receiver: Receiver) -> LocalReceiver.Answer {
        switch reply {
        case .status(let status): .respond(status: status, body: receiver == .slack && status == 200 ? "ok" : "")
        case .late(let milliseconds): .later(.milliseconds(milliseconds), status: 200)
        case .stall: .stall(status: 200)
        case .hang: .hang
        case .close: .close
        case .limit(let milliseconds): limited(receiver, milliseconds)
        }
    }

    private static func limited(_ receiver: Receiver, _ milliseconds: Int64) -> LocalReceiver.Answer {
        receiver == .slack
            ? .respond(status: 429, body: "{\"retry_after\":\(Double(milliseconds) / 1_000),\"ok\":false}")
            : .respond(status: 429, headers: ["retry-after": "\((milliseconds + 999) / 1_000)"])
    }

    /// Slack's message is for people; the event's subject, `n-12`, stands in it.
    private static func numberInText(_ body: JSON) -> Int? {
        guard let text = body["text"]?.string, let mark = text.firstRange(of: " n-") else { return nil }
        return Int(text[mark.upperBound...].prefix { $0.isNumber })
    }
}

extension AlertOrder {
    /// Takes a webhook about a site.
    mutating func arrived(_ body: JSON, at receiver: Receiver, isAnswered: Bool) {
        let data = body["data"]
        guard let site = data?["name"]?.string, let incident = data?["incidentId"]?.string else { return }
        switch body["type"]?.string {
        case "site.down": arrived(.down, site: site, incident: incident, at: receiver, isAnswered: isAnswered)
        case "site.up": arrived(.up, site: site, incident: incident, at: receiver, isAnswered: isAnswered)
        default: break
        }
    }
}
