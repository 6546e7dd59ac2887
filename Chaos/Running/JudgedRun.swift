internal import ArgumentParser
internal import Foundation
internal import ServiceLifecycle
internal import UnixSignals

/// What a run has come to.
protocol RunReport: Sendable {
    /// As it is printed.
    var text: String { get }
    var violations: ViolationLog { get }
}

/// A run in a folder of its own, which signals end, and which exits 1 where something was violated.
struct JudgedRun: Sendable {
    /// What its folder is called, before the number of this process.
    let name: String
    /// The command that repeats it, where there is one.
    var repetition: String?
    /// Whether the folder is kept also where all went well.
    var keepsFolder = false

    /// Runs `body`, prints its report, and removes its folder unless somebody has to look into it.
    func run(_ body: @escaping @Sendable (_ folder: String) async throws -> some RunReport) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = "files: \(folder.path)"
        let trace = [files, repetition.map { "repeat: \($0)" }].compactMap { $0 }.joined(separator: "\n")
        let report: any RunReport
        do {
            report = try await Self.untilSignal { try await body(folder.path) }
        } catch {
            let reason = error is CancellationError ? "ended by a signal before it could judge" : "\(error)"
            Progress.say("\(reason)\n\(trace)")
            throw ExitCode.failure
        }
        print(report.text)
        guard report.violations.isEmpty else {
            Progress.say(trace)
            throw ExitCode.failure
        }
        if keepsFolder { Progress.say(files) } else { try FileManager.default.removeItem(at: folder) }
    }

    /// Runs `body`, cancelled by SIGINT and SIGTERM, so that all processes that it started end with it.
    private static func untilSignal<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            defer { group.cancelAll() }
            guard case .some(.some(let value)) = try await group.next() else {
                group.cancelAll()
                _ = try? await group.next()
                throw CancellationError()
            }
            return value
        }
    }
}
