import Notifications
import TestSupport
import Testing

extension Telling {
    @Suite("Idempotency under a race") struct IdempotencyRace {
        /// One request of a client and what it was answered.
        private struct Reply: Sendable {
            let key: Int
            let body: JSON
            let status: Int
            let id: String?
            let isReplay: Bool
        }

        /// Half of the keys are in the header, half are the events' own ids.
        private static let keys = 24
        private static let clients = 40
        private static let requestsPerClient = 15

        @Test("Forty clients that race on the same keys get one event a key", arguments: Broker.allCases)
        func race(broker: Broker) async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin(on: broker) { tocsin, redis in
                    var servers = [try await tocsin.serve(["--webhook", receiver.url])]
                    if redis != nil { servers.append(try await tocsin.serve(["--roles", "api"])) }

                    let replies = try await Self.run(against: servers)
                    #expect(replies.count == Self.clients * Self.requestsPerClient)
                    let winners = Self.checkAgainstModel(replies)

                    try await eventually("every event is delivered") {
                        Set(receiver.requests.compactMap { $0.header("webhook-id") }) == Set(winners.keys)
                    }
                    for webhook in try receiver.webhooks() {
                        #expect(webhook.data == winners[webhook.id], "an event that did not win its key")
                    }
                    #expect(receiver.requests.count == winners.count, "an event that was delivered twice")
                }
            }
        }

        private static func run(against servers: [TocsinServerUnderTest]) async throws -> [Reply] {
            try await withThrowingTaskGroup(of: [Reply].self) { group in
                for client in 0..<clients {
                    group.addTask {
                        var replies: [Reply] = []
                        for request in 0..<requestsPerClient {
                            // All clients begin with the same keys, so that they meet; every third has other words for them.
                            let key = request * keys / requestsPerClient
                            let server = servers[(client + request) % servers.count]
                            replies.append(try await send(key, variant: client % 3 == 2 ? 1 : 0, to: server))
                        }
                        return replies
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }

        private static func send(_ key: Int, variant: Int, to server: TocsinServerUnderTest) async throws -> Reply {
            let data: JSON = ["key": JSON(key), "variant": JSON(variant)]
            let hasOwnID = key % 2 == 1
            let event: JSON =
                hasOwnID
                ? ["id": "order-\(key)", "type": "demo.race", "data": data] : ["type": "demo.race", "data": data]
            let answer = try await server.postEvent(event, idempotencyKey: hasOwnID ? nil : "key-\(key)")
            return Reply(
                key: key,
                body: data,
                status: answer.status,
                id: answer.json["id"]?.string,
                isReplay: answer.header("Idempotency-Replayed") == "true"
            )
        }

        /// The model: the first body of a key wins; it is answered with one id for ever, and any other body with 422.
        ///
        /// - Returns: The data of each event that has to exist, by its id.
        private static func checkAgainstModel(_ replies: [Reply]) -> [String: JSON] {
            var winners: [String: JSON] = [:]
            for (key, replies) in Dictionary(grouping: replies, by: \.key) {
                let accepted = replies.filter { $0.status == 202 }
                let refused = replies.filter { $0.status != 202 }
                #expect(Set(accepted.map(\.id)).count == 1, "key \(key) stands for several events")
                #expect(Set(accepted.map(\.body)).count == 1, "key \(key) was accepted with two bodies")
                #expect(accepted.count { !$0.isReplay } == 1, "key \(key) was answered as new more than once or never")
                #expect(refused.allSatisfy { $0.status == 422 }, "\(Set(refused.map(\.status))) for key \(key)")
                guard let winner = accepted.first, let id = winner.id else { continue }
                #expect(refused.allSatisfy { $0.body != winner.body }, "key \(key) was refused with the body that won")
                winners[id] = winner.body
            }
            #expect(winners.count == Set(replies.map(\.key)).count)
            return winners
        }
    }
}
