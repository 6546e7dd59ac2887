internal import Foundation
internal import TestSupport
internal import Testing

@testable import Chaos

@Suite("Faults")
struct FaultTests {
    private func steps(_ seed: UInt64, _ count: Int, _ broker: ChaosOptions.Broker = .redis) -> [FaultPlan.Step] {
        Array(FaultPlan(seed: seed, broker: broker, every: .seconds(1), lease: .seconds(5)).prefix(count))
    }

    @Test("The plan follows from the seed alone")
    func seeded() {
        #expect(steps(7, 200) == steps(7, 200))
        #expect(steps(7, 200) != steps(8, 200))
    }

    @Test("Twenty kills of roles come with two of Redis, and a stop outlasts the lease")
    func shares() {
        let steps = steps(1, 40)
        let kills = steps.filter { $0.fault.kind == .kill }
        #expect(kills.count { $0.fault.target == .redis } == 2)
        #expect(kills.count == 22)
        #expect(Set(kills.map(\.fault.target)) == [.pusher, .monitor, .api, .notifier, .redis])
        #expect(steps.filter { $0.fault.kind == .stop }.allSatisfy { $0.hold > .seconds(5) })
        #expect(self.steps(1, 40, .embedded).allSatisfy { $0.fault.target == .serve })
    }

    @Test("The account of faults knows who died, how often senders were stranded, and when a whole role was away")
    func account() {
        func record(
            _ kind: Fault.Kind,
            _ target: Fault.Target,
            _ name: String,
            _ span: ClosedRange<Int64>
        ) -> FaultHistory.Record {
            FaultHistory.Record(
                fault: Fault(kind: kind, target: target),
                member: name,
                from: span.lowerBound,
                until: span.upperBound,
                holders: [name + "-holder"]
            )
        }
        let account = FaultAccount(
            records: [
                record(.kill, .notifier, "notifier-1", 10_000...12_000),
                record(.stop, .notifier, "notifier-2", 11_000...19_000),
                record(.restart, .notifier, "notifier-2", 30_000...31_000),
                record(.kill, .monitor, "monitor-1", 40_000...41_000),
                record(.kill, .redis, "redis", 50_000...51_000),
            ],
            members: [.notifier: ["notifier-1", "notifier-2"], .monitor: ["monitor-1", "monitor-2"]],
            lease: 5_000
        )
        #expect(account.strandings == 2)
        #expect(account.deaths["monitor-1-holder"]?.at == 40_000)
        #expect(account.deaths["notifier-2-holder"] == nil)
        #expect(account.disturbances[.notifier] == [50_000...57_000, 11_000...12_000])
        #expect(account.disturbances[.monitor] == [50_000...57_000])
        #expect(account.senderFaults.count == 4)
        #expect(account.resumedSenders == [19_000])
    }

    @Test("The names under which a process holds things are read from its log")
    func holders() {
        let log = """
            2026-01-01T00:00:00.000Z info  monitor started concurrency=64 worker=host-1-a
            2026-01-01T00:00:00.000Z info  taking events and deliveries boot=notifier-b
            2026-01-01T00:00:00.000Z info  pusher started holder=host-2-c highWater=1
            """
        #expect(Member.holders(in: log) == ["host-1-a", "notifier-b", "host-2-c"])
    }

    @Test("A server that does not come back ends the run", .timeLimit(.minutes(2)))
    func lostServer() async throws {
        try await withTocsin { workspace in
            try await withRedisServer { server in
                let broker = try BrokerFaults(server)
                let injector = FaultInjector(
                    fleet: Fleet(broker: .redis, workspace: workspace),
                    broker: broker,
                    store: nil,
                    history: FaultHistory()
                )
                let kill = FaultPlan.Step(
                    fault: Fault(kind: .kill, target: .redis),
                    pause: .zero,
                    hold: .zero,
                    choice: 0
                )
                // It can't start without the folder of its files.
                try FileManager.default.removeItem(atPath: server.directory)
                let error = await #expect(throws: RedisServer.Failure.self) {
                    try await injector.run([kill, kill, kill]) { false }
                }
                #expect(error?.description.contains("ended at once") == true)
                await broker.close()
            }
        }
    }
}
