internal import Foundation
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A process that a test has started, signalled only while it is known to be ours.
///
/// It inherits none of our descriptors, which Foundation's `Process` does not promise: suites run side by side here, and
/// a socket of one of them must not live on in a server of another.
package final class ChildProcess: Sendable {
    private enum State {
        case running(pid_t)
        /// With the exit status, or the negative number of the signal that ended it.
        case ended(Int32)
    }

    private let state: Mutex<State>

    /// Starts a program whose input and output are empty.
    package init(_ executable: String, _ arguments: [String]) throws {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

        // A child must not inherit our sockets: a listener that lived on in it would accept, and never answer.
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_CLOEXEC_DEFAULT))
        #else
            // Closing one that is not open is no error here. All suites together have thousands open.
            for descriptor: Int32 in 3..<16_384 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        #endif

        let words = ([executable] + arguments).map { strdup($0) }
        let variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        #if canImport(Darwin)
            let result = posix_spawn(&pid, executable, &actions, &attributes, words + [nil], variables + [nil])
        #else
            let result = posix_spawn(&pid, executable, &actions, nil, words + [nil], variables + [nil])
        #endif
        guard result == 0 else { throw POSIXError(POSIXError.Code(rawValue: result) ?? .ENOENT) }
        state = Mutex(.running(pid))
    }

    /// Its number while it has not ended.
    package var processID: Int32? {
        state.withLock { if case .running(let pid) = $0 { pid } else { nil } }
    }

    /// Whether it still runs.
    package var isRunning: Bool { status == nil }

    /// Its exit status once it has ended, or the negative number of the signal that ended it.
    package var status: Int32? {
        state.withLock { state in
            switch state {
            case .ended(let status): return status
            case .running(let pid):
                var status: Int32 = 0
                guard waitpid(pid, &status, WNOHANG) != 0 else { return nil }
                let signal = status & 0x7f
                state = .ended(signal == 0 ? (status >> 8) & 0xff : -signal)
                return signal == 0 ? (status >> 8) & 0xff : -signal
            }
        }
    }

    /// The memory of it that is resident, in bytes; nil once it has ended, and where the system does not tell.
    package var residentBytes: Int? {
        state.withLock { state in
            guard case .running(let pid) = state,
                let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
            else { return nil }
            // Linux: the second number is of resident pages; none are left of a process that has ended.
            let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return pages == 0 ? nil : pages * Int(getpagesize())
        }
    }

    /// Sends a signal if it still runs.
    package func signal(_ number: Int32) {
        state.withLock { state in
            // It was not waited for, so its number belongs to no other process.
            if case .running(let pid) = state { _ = kill(pid, number) }
        }
    }

    /// Kills it and its children, of which it starts no more meanwhile.
    package func killWithChildren() {
        state.withLock { state in
            guard case .running(let pid) = state else { return }
            _ = kill(pid, SIGSTOP)
            for child in Self.children(of: pid) { _ = kill(child, SIGKILL) }
            _ = kill(pid, SIGKILL)
        }
    }

    private static func children(of pid: pid_t) -> [pid_t] {
        #if canImport(Darwin)
            var children = [pid_t](repeating: 0, count: 1_024)
            let count = proc_listchildpids(pid, &children, Int32(children.count * MemoryLayout<pid_t>.size))
            return Array(children.prefix(Int(max(count, 0))))
        #else
            let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        #endif
    }

    /// Waits until it has ended; after ten seconds, or where the test was cancelled, it is killed.
    package func ended() async {
        let deadline = ContinuousClock.now + .seconds(10)
        while isRunning {
            if Task.isCancelled || ContinuousClock.now > deadline { signal(SIGKILL) }
            // This wait goes on in a test that was cancelled: its process must end all the same.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}
