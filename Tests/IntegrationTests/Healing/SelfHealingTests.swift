internal import Notifications
internal import TestSupport
internal import Testing

extension Healing {
    // PITFALLS 2, 15, 18
    @Suite("Roles heal themselves") struct SelfHealing {
        @Test(
            "After each fault of Redis every role goes on by itself, and no accepted event is lost",
            arguments: [
                [.halfOpen, .lostRequests, .lostReplies, .paused, .pausedWrites, .killedConnections],
                [.killed, .restarted, .loading, .failedOver],
                [.outOfMemory, .fullWithoutFunctions, .fullDisk, .flushedFunctions, .flushed],
            ] as [[Fault]]
        )
        func heal(faults: [Fault]) async throws {
            try await withPatient { patient in
                for fault in faults {
                    if fault == .flushed {
                        // What is in Redis is gone then, and nobody can bring it back.
                        try await patient.sender.whilePaused {
                            try await patient.expectDelivery()
                            try await fault.happen(to: patient.pair) {}
                        }
                    } else {
                        try await fault.happen(to: patient.pair) { try await patient.feels(fault) }
                    }
                    for (role, duration) in try await patient.recover(from: fault.rawValue) {
                        #expect(duration < .seconds(10), "\(role) after \(fault)")
                    }
                }
                try await patient.expectDelivery()
                #expect(patient.sender.problems == [])
                #expect(patient.server.process.isRunning)
                #expect(!(try patient.receiver.webhooks().contains { $0.type.hasPrefix("site.") }))

                try await patient.site.stop()
                try await eventually("an outage that is found afterwards is told of", within: .seconds(60)) {
                    try patient.receiver.webhooks().contains { $0.type == "site.down" }
                }
            }
        }

        private func withPatient(_ body: @Sendable @escaping (Patient) async throws -> Void) async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withRedisPair { pair in
                        try await withTocsin(["--broker", pair.url]) { tocsin in
                            let server = try await tocsin.serve(["--webhook", receiver.url])
                            try await server.post("/v1/sites", ["url": .string(site.url()), "interval": "1s"])
                            let patient = Patient(
                                server: server,
                                pair: pair,
                                site: site,
                                receiver: receiver,
                                sender: SteadySender(server)
                            )
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                group.addTask { try await patient.sender.run() }
                                defer { group.cancelAll() }
                                try await body(patient)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Patient {
    /// Waits until every event that was accepted so far has been delivered.
    fileprivate func expectDelivery() async throws {
        let accepted = sender.accepted
        #expect(!accepted.isEmpty)
        try await eventually("every accepted event is delivered", within: .seconds(60)) {
            accepted.isSubset(of: try receiver.webhooks().map(\.id))
        }
    }
}
