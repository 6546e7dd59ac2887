import AsyncHTTPClient
import Monitoring
import NIOHTTP1
import Networking
import Synchronization
import Testing
import TestSupport

@testable import Notifications

@Suite struct ChannelTests {
    private let message = Message(
        id: .made(at: SystemTime().now()),
        event: Event(type: "order.paid", subject: "17", data: ["n": .number("12345678901234567890")]),
        time: Timestamp(milliseconds: 1_772_366_400_000)
    )

    private func send(
        _ type: ChannelType,
        _ settings: [String: String],
        allowsPrivate: Bool = true,
        _ message: Message? = nil
    ) async throws -> SendOutcome {
        try await withChannelFactory(allowsPrivate: allowsPrivate) { factory in
            let whole = ChannelSettings(name: "c", type: type, settings: settings).makingSecrets().settings
            let channel = try factory.channel(whole)
            return await channel.send(message ?? self.message)
        }
    }

    @Test func `a webhook is posted as Standard Webhooks has it`() async throws {
        try await LocalReceiver.with { receiver async throws in
            let secret = WebhookSecret.random()
            let outcome = try await send(.webhook, ["url": receiver.url, "secret": secret.text])
            #expect(outcome.isDelivered)
            let request = try #require(receiver.requests.first)
            #expect(request.method == "POST")
            #expect(
                request.text
                    == #"{"type":"order.paid","timestamp":"2026-03-01T12:00:00.000Z","data":{"n":12345678901234567890}}"#
            )
            #expect(request.header("webhook-id") == message.id.rawValue)
            let timestamp = try #require(request.header("webhook-timestamp"))
            let content = Array("\(message.id).\(timestamp).".utf8) + request.body
            let expected = try secret.signature(for: content)
            #expect(request.header("webhook-signature") == expected)
        }
    }

    @Test func `redirects are not followed`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 302, headers: ["location": "/other"]) }) {
            receiver async throws in
            let outcome = try await send(.webhook, ["url": receiver.url])
            #expect(outcome.verdict == .failed(retryAfter: nil))
            #expect(outcome.statusCode == 302)
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func `an answer is kept up to 16 KiB`() async throws {
        let long = String(repeating: "x", count: 1_000_000)
        try await LocalReceiver.with({ _, _ in .respond(status: 500, body: long) }) { receiver async throws in
            let outcome = try await send(.webhook, ["url": receiver.url])
            #expect(outcome.response?.utf8.count == 16 * 1_024)
        }
    }

    @Test func `a receiver that hangs or hangs up is a failure`() async throws {
        try await LocalReceiver.with({ _, _ in .hang }) { receiver async throws in
            let outcome = try await send(.webhook, ["url": receiver.url, "timeout": "200ms"])
            #expect(outcome == SendOutcome(.failed(retryAfter: nil), error: "No answer within 200ms."))
            receiver.answer { _, _ in .close }
            #expect(try await send(.webhook, ["url": receiver.url]).verdict == .failed(retryAfter: nil))
        }
        #expect(try await send(.webhook, ["url": "http://127.0.0.1:1/"]).verdict == .failed(retryAfter: nil))
    }

    // PITFALLS 22
    @Test func `an answer that never ends holds nothing up, and its status counts`() async throws {
        try await LocalReceiver.with({ index, _ in .stall(status: index == 0 ? 200 : 500) }) { receiver async throws in
            let settings = ["url": receiver.url, "timeout": "300ms"]
            #expect(try await send(.webhook, settings) == SendOutcome(.delivered, statusCode: 200, response: "start"))
            #expect(try await send(.webhook, settings).statusCode == 500)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `looking a host up is part of the time that it has to answer in`() async throws {
        try await LocalReceiver.with({ _, _ in .stall(status: 200) }) { receiver async throws in
            let time = ManualTime()
            let client = HTTPClient(
                configuration: ChannelTransport.configuration(addressGuard: AddressGuard(allowsPrivate: true))
            )
            let transport = ChannelTransport(client: client, time: time) { _, _ in
                await time.sleepers(1)
                time.advance(by: .seconds(20))
            }
            let request = ChannelTransport.Request(url: receiver.url, headers: [:], body: [], timeout: .seconds(30))
            let sending = Task { await transport.post(request, judge: ChannelTransport.outcome(of:now:)) }
            try await eventually("the receiver is asked") { receiver.requests.count == 1 }
            time.advance(by: .seconds(10))
            // Whether the status has come by then or not.
            _ = await sending.value
            try await client.shutdown()
        }
    }

    // PITFALLS 27
    @Test(arguments: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"])
    func `a channel can't be made to reach the inner network`(host: String) async throws {
        try await LocalReceiver.with { receiver async throws in
            let url = receiver.url.replacing("127.0.0.1", with: host)
            let outcome = try await send(.webhook, ["url": url, "timeout": "3s"], allowsPrivate: false)
            #expect(!outcome.isDelivered)
            #expect(receiver.requests.isEmpty)
        }
    }

    // PITFALLS 27
    @Test func `a name that resolves otherwise a moment later is refused by its connection`() async throws {
        try await LocalReceiver.with { receiver async throws in
            let client = HTTPClient(
                configuration: ChannelTransport.configuration(addressGuard: AddressGuard(allowsPrivate: false))
            )
            let transport = ChannelTransport(client: client, time: SystemTime()) { _, _ in }
            let request = ChannelTransport.Request(url: receiver.url, headers: [:], body: [], timeout: .seconds(3))
            let outcome = await transport.post(request, judge: ChannelTransport.outcome(of:now:))
            try await client.shutdown()
            #expect(outcome.verdict == .failed(retryAfter: nil))
            #expect(outcome.error?.contains("network.allow") == true)
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func `Slack has only succeeded where it says ok`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 200, body: "ok") }) { receiver async throws in
            #expect(try await send(.slack, ["url": receiver.url]).isDelivered)
            let body = try JSON(parsing: try #require(receiver.requests.first).body)
            #expect(body["text"]?.string?.contains("order.paid: 17") == true)
            #expect(body["blocks"]?.array?.first?["type"] == "header")
            receiver.answer { _, _ in .respond(status: 200, body: "no_service") }
            #expect(try await send(.slack, ["url": receiver.url]).verdict == .failed(retryAfter: nil))
            receiver.answer { _, _ in .respond(status: 202, body: "ok") }
            #expect(try await send(.slack, ["url": receiver.url]).verdict == .failed(retryAfter: nil))
            receiver.answer { _, _ in .respond(status: 403, body: "invalid_token") }
            #expect(try await send(.slack, ["url": receiver.url]).verdict == .refused)
        }
    }

    @Test func `Slack's wait is read from the body too`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 429, body: #"{"retry_after":3,"ok":false}"#) }) {
            receiver async throws in
            #expect(try await send(.slack, ["url": receiver.url]).verdict == .limited(retryAfter: .seconds(3)))
            receiver.answer { _, _ in
                .respond(status: 429, headers: ["retry-after": "7"], body: #"{"retry_after":3,"ok":false}"#)
            }
            #expect(try await send(.slack, ["url": receiver.url]).verdict == .limited(retryAfter: .seconds(7)))
        }
    }

    @Test func `text for Slack is escaped and cut outside of an entity`() {
        let event = Event(type: "a", data: ["message": .string(String(repeating: "<&>", count: 2_000))])
        let body = SlackChannel.body(
            of: MessageText(Message(id: .made(at: SystemTime().now()), event: event, time: message.time))
        )
        let section = body["blocks"]?.array?.last?["text"]?["text"]?.string ?? ""
        #expect(section.count <= 3_000)
        #expect(section.hasSuffix(";…"))
        #expect(!section.contains("<"))
    }

    @Test func `ntfy is published to as JSON`() async throws {
        try await LocalReceiver.with { receiver async throws in
            let down = Event(
                type: "site.down",
                data: [
                    "name": "shop", "url": "https://shop.example",
                    "error": .string(String(repeating: "é", count: 5_000)),
                ]
            )
            let alert = Message(id: .made(at: SystemTime().now()), event: down, time: message.time)
            let settings = ["url": receiver.url, "topic": "alerts", "token": "tk_secret"]
            #expect(try await send(.ntfy, settings, alert).isDelivered)
            let request = try #require(receiver.requests.first)
            let body = try JSON(parsing: request.body)
            #expect(body["topic"] == "alerts")
            #expect(body["title"] == "shop is down")
            #expect(body["priority"] == 5)
            #expect(body["click"] == "https://shop.example")
            #expect((body["message"]?.string?.utf8.count).map { (4_090...4_096).contains($0) } == true)
            #expect(request.header("authorization") == "Bearer tk_secret")
        }
    }

    @Test func `the console has one line for each event`() async throws {
        let lines = Mutex<[String]>([])
        let channel = ConsoleChannel { line in lines.withLock { $0.append(line) } }
        let odd = Event(type: "a", data: ["message": "one\ntwo\u{1B}[31m"])
        #expect(
            await channel.send(Message(id: .made(at: SystemTime().now()), event: odd, time: message.time)).isDelivered
        )
        #expect(lines.withLock { $0 } == ["2026-03-01 12:00:00 UTC  a  a: one two [31m"])
        struct Full: Error {}
        let broken = ConsoleChannel { _ in throw Full() }
        #expect(await broken.send(message).verdict == .failed(retryAfter: nil))
    }
}

/// Runs `body` with a factory of channels that may reach this machine, or not.
func withChannelFactory<Result>(
    allowsPrivate: Bool = true,
    console: @escaping ConsoleChannel.Writer = { _ in },
    _ body: (ChannelFactory) async throws -> Result
) async throws -> Result {
    let addressGuard = AddressGuard(allowsPrivate: allowsPrivate)
    let client = HTTPClient(configuration: ChannelTransport.configuration(addressGuard: addressGuard))
    let connector = GuardedConnector(addressGuard: addressGuard, resolver: SystemResolver())
    let transport = ChannelTransport(client: client, connector: connector, time: SystemTime())
    let factory = ChannelFactory(transport: transport, time: SystemTime(), console: console)
    do {
        let result = try await body(factory)
        try await client.shutdown()
        return result
    } catch {
        try await client.shutdown()
        throw error
    }
}
