internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("Pages of a tick") struct PushedPages {
        @Test("0, 1, 199, 200 and 201 sites are 0, 1, 1, 1 and 2 pages of XADD with MAXLEN")
        func fewSites() async throws {
            try await withTocsinOnRedis(["--interval", "2s", "--set", "pusher.schedule=burst"]) { tocsin, redis in
                try await RedisMonitor.with(redis) { monitor in
                    let server = try await tocsin.serve(["--roles", "pusher,api"])
                    try await eventually("the mark passes two slots though nothing is due", within: .seconds(60)) {
                        let marks = marks(in: monitor.commands)
                        return (marks.last ?? 0) - (marks.first ?? 0) >= 4_000
                    }
                    #expect(!monitor.commands.contains { $0.name == "XADD" })

                    var registered = 0
                    for count in [1, 199, 200, 201] {
                        try await add(registered + 1...count, to: server)
                        registered = count
                        let pages = try await pages(of: monitor)
                        #expect(pages.map(\.count) == (count > 200 ? [200, count - 200] : [count]))
                        expectOrder(of: pages)
                    }
                }
            }
        }

        @Test("5,000 and 5,001 sites are 25 and 26 pages, in the order of their ids")
        func manySites() async throws {
            try await withTocsinOnRedis(["--interval", "5s", "--set", "pusher.schedule=burst"]) { tocsin, redis in
                try await RedisMonitor.with(redis) { monitor in
                    let server = try await tocsin.serve(["--roles", "pusher,api"])
                    for start in stride(from: 1, through: 5_000, by: 1_000) {
                        try await add(start...start + 999, to: server)
                    }
                    let pages = try await pages(of: monitor)
                    #expect(pages.map(\.count) == Array(repeating: 200, count: 25))
                    expectOrder(of: pages)

                    try await add(5_001...5_001, to: server)
                    let more = try await self.pages(of: monitor)
                    #expect(more.map(\.count) == Array(repeating: 200, count: 25) + [1])
                    expectOrder(of: more)
                }
            }
        }

        /// How far the schedule was pushed, each time that it was.
        private func marks(in commands: [RedisMonitor.Command]) -> [Int] {
            commands.filter { $0.name == "HSET" && $0.words.contains("{MONITORING_STREAM}:mark") }.compactMap {
                $0.words.drop { $0 != "through" }.dropFirst().first.flatMap { Int($0) }
            }
        }

        private func add(_ numbers: ClosedRange<Int>, to server: TocsinServerUnderTest) async throws {
            guard !numbers.isEmpty else { return }
            try await server.put("/v1/sites", .array(numbers.map { ["url": "http://127.0.0.1:9/\($0)"] }))
        }

        /// The pages of the first slot from now on of which the next slot's page tells that it is whole.
        private func pages(of monitor: RedisMonitor) async throws -> [[RedisMonitor.Command]] {
            let now = Int(Date.now.timeIntervalSince1970 * 1_000)
            func slot(of command: RedisMonitor.Command) -> Int {
                guard let name = command.words.firstIndex(of: "slot"), name + 1 < command.words.count else { return 0 }
                return Int(command.words[name + 1]) ?? 0
            }
            var all: [RedisMonitor.Command] = []
            var slots: [Int] = []
            try await eventually("two slots are pushed", within: .seconds(60)) {
                all = monitor.commands
                slots = Set(all.filter { $0.name == "XADD" }.map(slot).filter { $0 > now }).sorted()
                return slots.count >= 2
            }
            var pages: [[RedisMonitor.Command]] = []
            var open: [String: [RedisMonitor.Command]] = [:]
            for command in all {
                switch command.name {
                case "MULTI": open[command.client] = []
                case "XADD" where slot(of: command) == slots[0]:
                    #expect(open[command.client] != nil, "an XADD outside of a page")
                    open[command.client]?.append(command)
                case "EXEC":
                    let page = open.removeValue(forKey: command.client) ?? []
                    if !page.isEmpty { pages.append(page) }
                default: break
                }
            }
            monitor.clear()
            return pages
        }

        private func expectOrder(of pages: [[RedisMonitor.Command]]) {
            let commands = pages.flatMap(\.self)
            #expect(
                commands.allSatisfy { Array($0.words[1...5]) == ["MONITORING_STREAM", "MAXLEN", "~", "100000", "*"] }
            )
            let ids = commands.map { Int($0.words[7]) ?? 0 }
            #expect(ids == ids.sorted())
            #expect(Set(ids).count == ids.count)
        }
    }
}
