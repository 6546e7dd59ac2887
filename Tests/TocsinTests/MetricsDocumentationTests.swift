internal import Foundation
internal import Logging
internal import Metrics
internal import Telemetry
internal import TestSupport
internal import Testing
internal import Yams

@testable internal import Monitoring
@testable internal import Notifications
@testable internal import Web

@Suite struct MetricsDocumentationTests {
    /// A row of a table in `docs/metrics.md`.
    private struct Row: Hashable {
        let name: String
        let kind: String
        let labels: String
        let meaning: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The metrics that an expression reads: of histograms, without what their parts end with.
    private static func names(in expression: String) -> Set<String> {
        let known = Set([MetricFamily].all.map(\.name))
        return Set(
            expression.matches(of: /\b(?:tocsin|process)_[a-z_]+/).map { match in
                let name = String(match.output)
                let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
                return known.contains(name) ? name : base.map(String.init) ?? name
            }
        )
    }

    @Test func `the documentation lists every metric, as it is, and no other`() throws {
        let rows = try Self.text("docs/metrics.md").split(separator: "\n").compactMap { line -> Row? in
            guard line.hasPrefix("| `") else { return nil }
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            guard cells.count == 4 else { return nil }
            return Row(name: cells[0].replacing("`", with: ""), kind: cells[1], labels: cells[2], meaning: cells[3])
        }
        let expected = [MetricFamily].all.map { family in
            Row(
                name: family.name,
                kind: family.kind.name,
                labels: family.labels.isEmpty ? "–" : family.labels.map { "`\($0)`" }.joined(separator: ", "),
                meaning: family.help
            )
        }
        for row in expected { #expect(rows.contains(row), "docs/metrics.md lacks \(row)") }
        for row in rows { #expect(expected.contains(row), "docs/metrics.md has a row that is not so: \(row)") }
        #expect(rows.count == expected.count)
    }

    @Test(arguments: ["deploy/grafana/tocsin.json", "deploy/prometheus/rules.yaml"])
    func `the dashboard and the alerts read metrics that there are`(path: String) throws {
        let known = Set([MetricFamily].all.map(\.name))
        // JSON is YAML.
        let names = Self.expressions(in: try Yams.load(yaml: try Self.text(path))).map(Self.names(in:))
        #expect(names.count > 10)
        for name in names.reduce(into: Set(), { $0.formUnion($1) }) {
            #expect(known.contains(name), "\(path): \(name)")
        }
        #expect(names.allSatisfy { !$0.isEmpty })
    }

    /// The values of all members `expr`, however deep.
    private static func expressions(in value: Any?) -> [String] {
        switch value {
        case let object as [String: Any]:
            object.flatMap { key, value in key == "expr" ? [value as? String ?? ""] : expressions(in: value) }
        case let array as [Any]: array.flatMap(expressions)
        default: []
        }
    }

    @Test func `everything that counts is described, with its labels, and is there from the start`() throws {
        let registry = MetricsRegistry()
        _ = CheckMetrics(registry)
        PusherMetrics(registry).standsBy()
        _ = DeliveryMetrics(registry)
        _ = IntakeMetrics(registry)
        _ = RelayMetrics(registry)
        _ = RequestMetrics(registry, endpoints: [])
        #expect(registry.strays.isEmpty)
        let lines = registry.exposition().text.split(separator: "\n")
        for line in [
            #"tocsin_checks_total{outcome="down"} 0"#, #"tocsin_check_failures_total{phase="tls"} 0"#,
            #"tocsin_delivery_attempts_total{channel_type="webhook",outcome="dead"} 0"#,
            #"tocsin_dead_letters_made_total{channel_type="unknown"} 0"#,
            #"tocsin_event_requests_total{outcome="full"} 0"#, "tocsin_pusher_leading 0",
            #"tocsin_http_request_duration_seconds_count{kind="api"} 0"#,
            #"tocsin_check_phase_duration_seconds_bucket{phase="first_byte",le="+Inf"} 0"#,
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func `a result counts its verdict, its failure, its phases and what it confirmed`() {
        let registry = MetricsRegistry()
        let metrics = CheckMetrics(registry)
        let result = CheckResult(
            site: SiteID(rawValue: 1),
            region: "default",
            slot: Timestamp(milliseconds: 0),
            revision: 1,
            startedAt: Timestamp(milliseconds: 0),
            observation: Observation(
                verdict: .down,
                phases: Phases(dns: .milliseconds(2), connect: .milliseconds(30), total: .milliseconds(40)),
                failure: CheckFailure(phase: .tls, message: "no")
            ),
            attempts: 3
        )
        metrics.recorded(result, [])
        let lines = registry.exposition().text.split(separator: "\n")
        for line in [
            #"tocsin_checks_total{outcome="down"} 1"#, #"tocsin_checks_total{outcome="up"} 0"#,
            #"tocsin_check_failures_total{phase="tls"} 1"#, "tocsin_check_confirmation_attempts_total 2",
            #"tocsin_check_phase_duration_seconds_bucket{phase="connect",le="0.025"} 0"#,
            #"tocsin_check_phase_duration_seconds_bucket{phase="connect",le="0.05"} 1"#,
            #"tocsin_check_phase_duration_seconds_count{phase="tls"} 0"#, "tocsin_check_duration_seconds_sum 0.04",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }
}
