internal import Monitoring
internal import Notifications

/// What one check saw, for people and for programs.
struct ObservationReport {
    private static let barWidth = 40

    private let url: String
    private let observation: Observation

    init(url: String, _ observation: Observation) {
        self.url = url
        self.observation = observation
    }

    /// The verdict, then each phase with its time as a bar where it lies within the whole, then why it is not up.
    func lines(_ terminal: Terminal) -> [String] {
        var lines = [headline(terminal)]
        let phases = phases
        let whole = phases.reduce(0) { $0 + $1.milliseconds }
        let nameWidth = phases.map(\.name.count).max() ?? 0
        let times = phases.map { Self.text($0.milliseconds) }
        let timeWidth = times.map(\.count).max() ?? 0
        var before = 0.0
        for (phase, time) in zip(phases, times) {
            let start = whole > 0 ? Int((before / whole * Double(Self.barWidth)).rounded()) : 0
            before += phase.milliseconds
            let end = whole > 0 ? Int((before / whole * Double(Self.barWidth)).rounded()) : 0
            let bar = String(repeating: " ", count: start) + String(repeating: "█", count: max(end - start, 0))
            let name = phase.name + String(repeating: " ", count: nameWidth - phase.name.count)
            let padding = String(repeating: " ", count: timeWidth - time.count)
            let line =
                "  \(name)  \(padding)\(time)  " + (end > start ? bar : String(repeating: " ", count: start) + "▏")
            lines.append(line)
        }
        if let failure = observation.failure {
            lines.append("  \(failure.phase.rawValue): \(Printable.text(failure.message, atMost: 500))")
        }
        return lines
    }

    /// The whole observation.
    var json: JSON {
        let phases: [(String, Duration?)] = [
            ("dnsMs", observation.phases.dns), ("connectMs", observation.phases.connect),
            ("tlsMs", observation.phases.tls), ("firstByteMs", observation.phases.firstByte),
            ("transferMs", observation.phases.transfer), ("totalMs", observation.phases.total),
        ]
        let failure = observation.failure.map { failure in
            JSON.object([
                .init("phase", .string(failure.phase.rawValue)), .init("message", .string(failure.message)),
                .init("bodyStart", JSON(failure.bodyStart)),
            ])
        }
        return .object([
            .init("url", .string(url)),
            .init("verdict", .string(observation.verdict.rawValue)),
            .init("statusCode", observation.statusCode.map { JSON($0) } ?? .null),
            .init("address", JSON(observation.address)),
            .init("phases", .object(phases.map { .init($0, $1.map { JSON(Self.milliseconds($0)) } ?? .null) })),
            .init("certificateDaysLeft", certificateDays.map { JSON($0) } ?? .null),
            .init("failure", failure ?? .null),
        ])
    }

    private func headline(_ terminal: Terminal) -> String {
        let colour: Terminal.Colour =
            switch observation.verdict {
            case .up: .green
            case .degraded: .yellow
            case .down: .red
            }
        var parts = ["\(Printable.text(url)) \(terminal.paint(observation.verdict.rawValue, colour))"]
        if let total = observation.phases.total { parts.append(Self.text(Self.milliseconds(total))) }
        if let status = observation.statusCode { parts.append("status \(status)") }
        if let address = observation.address { parts.append("from \(address)") }
        if let days = certificateDays { parts.append("certificate good for \(days) days") }
        return parts.joined(separator: ", ")
    }

    private var certificateDays: Int64? {
        observation.certificateEndsAt.map { max(0, ($0 - SystemTime().now()).milliseconds / 86_400_000) }
    }

    private var phases: [(name: String, milliseconds: Double)] {
        let phases = observation.phases
        let named = [
            ("DNS", phases.dns), ("connect", phases.connect), ("TLS", phases.tls), ("first byte", phases.firstByte),
            ("transfer", phases.transfer),
        ]
        return named.compactMap { name, time in time.map { (name, Self.milliseconds($0)) } }
    }

    /// Milliseconds to the microsecond.
    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1_000
    }

    private static func text(_ milliseconds: Double) -> String {
        milliseconds < 10 ? "\((milliseconds * 10).rounded() / 10) ms" : "\(Int(milliseconds.rounded())) ms"
    }
}
