internal import Monitoring

/// The newest results of a site as a row of bars.
///
/// The verdict is told by height as well as by colour: a bar that reaches from top to bottom is a failure. All bars of one
/// verdict are one path, so that a hundred rows stay small.
enum HeartbeatBar {
    /// How many results a bar has room for.
    static let length = 40
    private static let step = 7
    private static let height = 28

    static func svg(_ beats: [Beat]) -> String {
        let beats = beats.suffix(length)
        let width = length * step
        var paths: [Verdict: String] = [:]
        for (index, beat) in beats.enumerated() {
            let x = (length - beats.count + index) * step + step / 2
            let top = self.top(of: beat.verdict)
            paths[beat.verdict, default: ""] += "M\(x) \(top)V\(height - top)"
        }
        var empty = ""
        for index in 0..<(length - beats.count) { empty += "M\(index * step + step / 2) 11V\(height - 11)" }
        var svg =
            "<svg class=\"beats\" viewBox=\"0 0 \(width) \(height)\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(label(Array(beats)))\">"
        if !empty.isEmpty { svg += "<path class=\"beat-none\" d=\"\(empty)\"/>" }
        for verdict in Verdict.allCases {
            if let path = paths[verdict] { svg += "<path class=\"beat-\(verdict.rawValue)\" d=\"\(path)\"/>" }
        }
        return svg + "</svg>"
    }

    private static func top(of verdict: Verdict) -> Int {
        switch verdict {
        case .up: 7
        case .degraded: 4
        case .down: 1
        }
    }

    private static func label(_ beats: [Beat]) -> String {
        guard !beats.isEmpty else { return "No checks yet" }
        let counts = Verdict.allCases.compactMap { verdict -> String? in
            let count = beats.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        return "Last \(beats.count) checks: \(counts.joined(separator: ", "))"
    }
}
