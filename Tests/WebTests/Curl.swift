import Foundation
import Synchronization
import TestSupport

/// A client that is none of ours: what it can't do, nobody can.
enum Curl {
    /// The body of an answer.
    static func get(_ url: String, socket: String? = nil) async throws -> String {
        let stream = try start(["--max-time", "10"] + (socket.map { ["--unix-socket", $0] } ?? []) + [url])
        try await eventually("an answer of \(url)") { stream.hasEnded }
        return stream.text
    }

    /// A stream that goes on until it is stopped.
    static func lines(_ url: String) throws -> Stream { try start(["--no-buffer", "--max-time", "30", url]) }

    private static func start(_ arguments: [String]) throws -> Stream {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "--silent"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        let stream = Stream()
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                stream.end()
            } else {
                stream.append(data)
            }
        }
        try process.run()
        stream.keep(process)
        return stream
    }

    /// What has come so far.
    final class Stream: Sendable {
        private let state = Mutex((data: Data(), hasEnded: false))
        // Kept for its pipe, which would close with it.
        private let process = Mutex<Process?>(nil)

        var text: String { state.withLock { String(decoding: $0.data, as: UTF8.self) } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }

        fileprivate func append(_ data: Data) { state.withLock { $0.data.append(data) } }
        fileprivate func end() { state.withLock { $0.hasEnded = true } }

        fileprivate func keep(_ process: sending Process) { self.process.withLock { $0 = process } }

        /// Ends the client that this was started with.
        func stop() { process.withLock { if let process = $0, process.isRunning { process.terminate() } } }
    }
}
