import Notifications
import TestSupport
import Testing

extension Telling {
    @Suite("Rate limits of receivers") struct RateLimits {
        enum Place: String, CaseIterable, CustomTestStringConvertible {
            case header
            case body

            var testDescription: String { rawValue }
        }

        // PITFALLS 18
        @Test(
            "A receiver that answers 429 is left alone for as long as it says, and gets everything in the end",
            arguments: Place.allCases
        )
        func neverInsideTheWindow(place: Place) async throws {
            let window = Duration.seconds(2)
            try await LocalReceiver.with { index, _ in
                guard index % 5 == 0 else { return .respond(status: 200, body: "ok") }
                return switch place {
                case .header: .respond(status: 429, headers: ["retry-after": "2"])
                case .body: .respond(status: 429, body: #"{"retry_after":2,"ok":false}"#)
                }
            } _: { receiver in
                try await withTocsinOnRedis(["--set", "channels.console=false"]) { tocsin, _ in
                    let server = try await tocsin.serve()
                    try await server.post(
                        "/v1/channels",
                        ["name": "limited", "type": "slack", "settings": ["url": .string(receiver.url)]]
                    )
                    let events = (0..<12).map { JSON.object([.init("type", "demo.n\($0)")]) }
                    try await server.post("/v1/events", .array(events))
                    try await eventually("everything is delivered", within: .seconds(60)) {
                        receiver.requests.indices.count { $0 % 5 != 0 } >= events.count
                    }
                    let requests = receiver.requests
                    for index in requests.indices.dropLast() where index % 5 == 0 {
                        let waited = requests[index].received.duration(to: requests[index + 1].received)
                        #expect(waited >= window, "called again after \(waited), in the \(place)")
                    }
                    #expect(try await server.get("/v1/dead-letters")["items"]?.array?.isEmpty == true)
                }
            }
        }
    }
}
