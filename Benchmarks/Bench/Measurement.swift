internal import Histogram
internal import Notifications
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How long something took, on the wall and of all cores.
struct Stopwatch {
    private let startedAt = ContinuousClock.now
    private let processor = Self.processorSeconds()

    /// Seconds since it was made.
    var seconds: Double { Self.seconds(ContinuousClock.now - startedAt) }

    /// Seconds of processor time that this process has used since.
    var processorSeconds: Double { Self.processorSeconds() - processor }

    private static func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    private static func processorSeconds() -> Double {
        var usage = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &usage)
        return Double(usage.tv_sec) + Double(usage.tv_nsec) / 1e9
    }
}

/// The wall clock in microseconds, which processes on one machine share.
enum WallClock {
    static func microseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }
}

/// Latencies in microseconds, from any thread.
final class LatencyRecorder: Sendable {
    private static let longest: UInt64 = 3_600_000_000

    private let histogram = Mutex(LatencyRecorder.empty())

    private static func empty() -> Histogram<UInt64> {
        Histogram(highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    }

    /// Adds one; what clocks make negative counts as nothing, what is longer than an hour as an hour.
    func record(microseconds: Int64) {
        let value = min(UInt64(max(microseconds, 0)), Self.longest)
        histogram.withLock { _ = $0.record(value) }
    }

    func reset() { histogram.withLock { $0 = Self.empty() } }

    /// The count and percentiles, in milliseconds.
    var report: JSON {
        histogram.withLock { histogram in
            func milliseconds(_ percentile: Double) -> JSON {
                JSON(Double(histogram.valueAtPercentile(percentile)) / 1_000)
            }
            return [
                "count": JSON(histogram.totalCount), "p50": milliseconds(50), "p90": milliseconds(90),
                "p99": milliseconds(99), "p999": milliseconds(99.9), "max": milliseconds(100),
            ]
        }
    }
}

extension JSON {
    /// Prints it as one line, at once.
    func printLine() {
        print(text)
        fflush(nil)
    }
}
