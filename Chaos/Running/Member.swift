internal import Foundation
internal import Synchronization
internal import TestSupport

/// One process of the system, started again whenever it was ended, as a supervisor does.
final class Member: Sendable {
    /// A process that runs, and its API where it has one.
    struct Running: Sendable {
        let process: TocsinProcess
        let server: TocsinServerUnderTest?
    }

    private struct State {
        var running: Running?
        /// Hit by a fault, or on its way to a start: no other fault may come between.
        var isBusy = true
        var isWanted = true
    }

    let target: Fault.Target
    let name: String
    private let launch: @Sendable () async throws -> Running
    private let state = Mutex(State())

    init(_ target: Fault.Target, name: String, launch: @escaping @Sendable () async throws -> Running) {
        self.target = target
        self.name = name
        self.launch = launch
    }

    /// The API, while it runs.
    var server: TocsinServerUnderTest? { state.withLock { $0.running?.server } }

    /// The resident memory in bytes, while it runs undisturbed.
    var residentBytes: Int? { state.withLock { $0.isBusy ? nil : $0.running }?.process.residentBytes }

    /// Starts it, however often that takes: where the broker is away, a process ends at once.
    func start() async throws {
        while true {
            do {
                let running = try await launch()
                state.withLock { state in
                    state.running = running
                    state.isBusy = false
                }
                return
            } catch {
                try Task.checkCancellation()
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Takes it for a fault, unless another has it.
    func seize() -> Bool {
        state.withLock { state in
            guard !state.isBusy, state.isWanted, state.running != nil else { return false }
            state.isBusy = true
            return true
        }
    }

    /// Carries a fault out on it after ``seize()``, and has it running again.
    func suffer(_ step: FaultPlan.Step, history: FaultHistory) async throws {
        guard let process = state.withLock({ $0.running })?.process else { return }
        var holders: [String] = []
        let from: Int64
        switch step.fault.kind {
        case .kill:
            holders = Self.holders(in: process.errors)
            from = unixTime()
            await process.kill()
            try await Task.sleep(for: step.hold)
            try await start()
        case .restart:
            from = unixTime()
            process.terminate()
            _ = try await process.exitStatus()
            try await start()
        case .stop, .disconnect, .fill:
            from = unixTime()
            process.pause()
            defer { process.resume() }
            try await Task.sleep(for: step.hold)
            process.resume()
            state.withLock { $0.isBusy = false }
        }
        history.add(
            FaultHistory.Record(fault: step.fault, member: name, from: from, until: unixTime(), holders: holders)
        )
    }

    /// Ends it in order, for good.
    func end() async throws {
        let process = state.withLock { state in
            state.isWanted = false
            return state.running?.process
        }
        process?.terminate()
        _ = try await process?.exitStatus()
    }

    /// What it wrote last, if it has ended though nobody ended it; then it is to be started again.
    func endedByItself() -> String? {
        state.withLock { state in
            guard !state.isBusy, state.isWanted, let process = state.running?.process, let status = process.status
            else {
                return nil
            }
            state.isBusy = true
            return "\(name) ended with status \(status): \(process.summary.suffix(2_000))"
        }
    }

    /// The names under which the process holds jobs, events and the lead, as its log tells.
    static func holders(in log: String) -> [String] {
        log.split(whereSeparator: \.isWhitespace).compactMap { word in
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, ["worker", "holder", "boot"].contains(parts[0]) else { return nil }
            return String(parts[1])
        }
    }
}
