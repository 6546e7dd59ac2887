/// The limit on the size of what a process writes, which makes its disk full for it alone.
package enum FileSizeLimit {
    /// Sets the limit of a running process; it must ignore SIGXFSZ.
    ///
    /// - Parameters:
    ///   - bytes: No file may grow beyond; nil takes the limit away.
    ///   - process: The number of the process.
    /// - Throws: Where it can't be set.
    package static func set(_ bytes: Int?, of process: Int32) async throws {
        guard let program = findExecutable("prlimit") else {
            throw RedisServer.Failure(description: "This test needs prlimit, which is part of util-linux.")
        }
        let limit = bytes.map { "\($0)" } ?? "unlimited"
        let child = try ChildProcess(program, ["--pid", "\(process)", "--fsize=\(limit):unlimited"])
        await child.ended()
        guard child.status == 0 else {
            throw RedisServer.Failure(description: "prlimit failed with \(child.status ?? -1)")
        }
    }
}
