internal import Foundation

/// What tells this process from others, for the names of workers.
enum ProcessName {
    /// The machine's name, without its domain.
    static var host: String {
        ProcessInfo.processInfo.hostName.split(separator: ".").first.map { String($0.prefix(32)) } ?? "host"
    }

    static var pid: Int32 { ProcessInfo.processInfo.processIdentifier }
}
