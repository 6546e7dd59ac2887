import Foundation
import TestSupport

/// A client that is none of ours: what it can't do, nobody can.
enum Curl {
    /// The body of an answer.
    static func get(_ url: String, socket: String? = nil) async throws -> String {
        let stream = try Stream(["--max-time", "10"] + (socket.map { ["--unix-socket", $0] } ?? []) + [url])
        try await eventually("an answer of \(url)") { stream.hasEnded }
        return stream.text
    }

    /// A stream that goes on until it is stopped.
    static func lines(_ url: String) throws -> Stream { try Stream(["--no-buffer", "--max-time", "30", url]) }

    /// What has come so far, by way of a file: a pipe would end only with the last process that has inherited it.
    final class Stream: Sendable {
        private let process: ChildProcess
        private let path: String

        fileprivate init(_ arguments: [String]) throws {
            path = FileManager.default.temporaryDirectory.appending(path: "tocsin-curl-\(UUID().uuidString)").path
            process = try ChildProcess(
                "/bin/sh",
                ["-c", #"exec >"$1" && shift && exec curl --silent "$@""#, "sh", path] + arguments
            )
        }

        deinit {
            stop()
            // It may not have got so far as to make one.
            try? FileManager.default.removeItem(atPath: path)
        }

        var text: String {
            (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }

        var hasEnded: Bool { !process.isRunning }

        /// Ends the client that this was started with.
        func stop() { process.signal(SIGTERM) }
    }
}
