#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
internal import Foundation

extension MetricsRegistry {
    /// Tells what the kernel knows of this process, under the names that Prometheus' own libraries use.
    ///
    /// What a system other than Linux does not say is left out.
    package func observeProcess() {
        observe("process_cpu_seconds_total") { ProcessReadings.stat().map { [MetricSample([], $0.cpuSeconds)] } ?? [] }
        observe("process_start_time_seconds") {
            guard let stat = ProcessReadings.stat(), let boot = ProcessReadings.bootTime() else { return [] }
            return [MetricSample([], boot + stat.startSeconds)]
        }
        observe("process_resident_memory_bytes") {
            ProcessReadings.stat().map { [MetricSample([], $0.residentBytes)] } ?? []
        }
        observe("process_virtual_memory_bytes") {
            ProcessReadings.stat().map { [MetricSample([], $0.virtualBytes)] } ?? []
        }
        observe("process_open_fds") {
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            // The folder itself is open while it is read.
            return files.map { [MetricSample([], Double($0.count - 1))] } ?? []
        }
        observe("process_max_fds") { ProcessReadings.fileLimit().map { [MetricSample([], $0)] } ?? [] }
    }
}

/// What `/proc` says of this process; see proc(5).
struct ProcessReadings: Equatable {
    let cpuSeconds: Double
    /// Since the system was booted.
    let startSeconds: Double
    let virtualBytes: Double
    let residentBytes: Double

    /// Reads the text of `/proc/PID/stat`; nil where it has another form.
    init?(stat text: String, ticksPerSecond: Double, pageSize: Double) {
        // The second field is the program's name in parentheses, which may hold anything.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        cpuSeconds = (fields[11] + fields[12]) / ticksPerSecond
        startSeconds = fields[19] / ticksPerSecond
        virtualBytes = fields[20]
        residentBytes = fields[21] * pageSize
    }

    static func stat() -> Self? {
        #if os(Linux)
            text(of: "/proc/self/stat").flatMap {
                Self(stat: $0, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: Double(getpagesize()))
            }
        #else
            nil
        #endif
    }

    /// When the system was booted, in Unix time.
    static func bootTime() -> Double? {
        text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }
    }

    static func fileLimit() -> Double? {
        text(of: "/proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            .flatMap { line in
                line.split(separator: " ").dropFirst(3).first.map { Double($0) ?? .infinity }
            }
    }

    private static func text(of path: String) -> String? {
        // Such files say that they are empty, and are read to their end.
        (try? FileHandle(forReadingFrom: URL(filePath: path)).readToEnd()).flatMap { $0 }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
