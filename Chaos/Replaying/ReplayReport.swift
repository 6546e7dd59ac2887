internal import Monitoring

/// What a replay came to, as a table.
struct ReplayReport: RunReport {
    let options: ReplayOptions
    /// How long it took to make the dead letters, to put them back, and until the last had arrived.
    let making: Duration
    let puttingBack: Duration
    let arriving: Duration
    let steps: Int
    let repeats: Int
    /// The longest commands of Redis; none with the embedded broker.
    let slowest: [(command: String, duration: Duration)]
    /// How long an event took to be accepted meanwhile, at worst.
    let slowestIntake: Duration
    let memory: MemoryRecord
    let violations: ViolationLog

    var text: String {
        var lines = [
            "| replay on \(options.broker) | |", "|---|---:|",
            "| dead letters | \(options.letters) |",
            "| pace, a second | \(options.pace) |",
            "| made in, s | \(seconds(making)) |",
            "| put back in, s (in \(steps) steps) | \(seconds(puttingBack)) |",
            "| the last had arrived after, s | \(seconds(arriving)) |",
            "| repeats | \(repeats) |",
            "| slowest POST /v1/events meanwhile, ms | \(milliseconds(slowestIntake)) |",
        ]
        if let longest = slowest.first {
            lines.append("| longest command of Redis, ms (\(longest.command)) | \(milliseconds(longest.duration)) |")
        }
        for (_, span) in memory.spans {
            lines.append(
                "| memory at start, most, end, MB | \(span.start >> 20), \(span.most >> 20), \(span.end >> 20) |"
            )
        }
        lines += slowest.dropFirst().map { "  \($0.command): \(milliseconds($0.duration)) ms" }
        lines += violations.counts.map { "  \($0.key.rawValue): \($0.value)" }
        lines += violations.examples.values.flatMap(\.self).map { "    \($0)" }
        return lines.joined(separator: "\n")
    }

    private func seconds(_ duration: Duration) -> String {
        "\(duration.milliseconds / 1_000).\(duration.milliseconds % 1_000 / 100)"
    }

    private func milliseconds(_ duration: Duration) -> String { "\(duration.milliseconds)" }
}
