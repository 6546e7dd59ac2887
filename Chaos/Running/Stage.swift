internal import Foundation
internal import Notifications
internal import TestSupport

/// What the system is given to work on, by its API: channels of the receivers, and sites.
struct Stage: Sendable {
    let server: TocsinServerUnderTest

    /// Makes a channel for each receiver.
    ///
    /// - Returns: The receivers by the ids of their channels.
    func makeChannels(to receivers: LocalReceiver) async throws -> [String: Receiver] {
        var channels: [String: Receiver] = [:]
        for receiver in Receiver.allCases {
            var settings: [JSON.Member] = [
                .init("url", .string(receivers.url(receiver.path))), .init("timeout", "1s"),
            ]
            if receiver != .slack {
                settings.append(.init("retry", .string(Array(repeating: "300ms", count: 20).joined(separator: ","))))
            }
            let channel = try await server.post(
                "/v1/channels",
                [
                    "name": .string(receiver.rawValue),
                    "type": receiver == .slack ? "slack" : "webhook",
                    "events": .array(receiver.events.map { .string($0) }),
                    "settings": .object(settings),
                ]
            )
            if let id = channel["id"]?.string { channels[id] = receiver }
        }
        return channels
    }

    /// Registers the sites, which then are left to the schedule.
    ///
    /// - Returns: Their ids.
    func addSites(_ count: Int, at receiver: LocalReceiver) async throws -> [Int64] {
        let sites = (0..<count).map { number in
            JSON.object([
                .init("url", .string(receiver.url("/site/\(number)"))), .init("name", .string("site-\(number)")),
            ])
        }
        let answer = try await server.put("/v1/sites", .array(sites))
        return (answer["items"]?.array ?? []).compactMap { $0["id"]?.string.flatMap { Int64($0) } }
    }

    /// All dead letters: of which event, and of which channel.
    func deadLetters() async throws -> [(event: String, channel: String)] {
        try await server.list("/v1/dead-letters?limit=200", by: "before").map {
            ($0["event"]?.string ?? "", $0["channel"]?.string ?? "")
        }
    }

    /// Whether every site is known to be up.
    func areSitesUp() async throws -> Bool {
        let sites = try await server.get("/v1/status")["sites"]
        return sites?["up"]?.int == sites?["total"]?.int
    }

    /// Whether nothing waits, is held or is scheduled in the event queue.
    func isQueueEmpty() async throws -> Bool {
        let queue = try await server.get("/v1/status")["queue"]
        return ["waiting", "held", "scheduled"].allSatisfy { queue?[$0]?.int == 0 }
    }

    /// Whether no job waits or is held.
    func isStreamEmpty() async throws -> Bool {
        let region = try await server.get("/v1/status")["regions"]?.array?.first
        return region?["waiting"]?.int == 0 && region?["held"]?.int == 0
    }
}
