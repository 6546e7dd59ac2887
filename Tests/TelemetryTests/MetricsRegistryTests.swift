internal import CoreMetrics
internal import Testing

@testable internal import Telemetry

@Suite("The metrics of a process") struct MetricsRegistryTests {
    private static let families = [
        MetricFamily("a_total", .counter, "A.", labels: ["way"]),
        MetricFamily("b", .gauge, "B, a \\ and\na line."),
        MetricFamily("c_seconds", .histogram([0.5, 2]), "C."),
        MetricFamily("unused", .gauge, "Nothing counts it."),
    ]

    @Test("What was counted is written in Prometheus' text format, families in their order")
    func format() {
        let registry = MetricsRegistry(Self.families)
        let timer = Timer(label: "c_seconds", factory: registry)
        for milliseconds in [500, 501, 9_000] { timer.recordMilliseconds(milliseconds) }
        Meter(label: "b", factory: registry).set(2.5)
        Counter(label: "a_total", dimensions: [("way", "in \"the\" \\ \n end")], factory: registry).increment(by: 3)
        #expect(
            registry.exposition().text == #"""
                # HELP a_total A.
                # TYPE a_total counter
                a_total{way="in \"the\" \\ \n end"} 3
                # HELP b B, a \\ and\na line.
                # TYPE b gauge
                b 2.5
                # HELP c_seconds C.
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.5"} 1
                c_seconds_bucket{le="2.0"} 2
                c_seconds_bucket{le="+Inf"} 3
                c_seconds_sum 10.001
                c_seconds_count 3

                """#
        )
        #expect(registry.strays.isEmpty)
    }

    @Test("The same labels are the same series, whoever asks for it")
    func sameSeries() {
        let registry = MetricsRegistry(Self.families)
        for way in ["in", "out", "in"] {
            Counter(label: "a_total", dimensions: [("way", way)], factory: registry).increment()
        }
        let lines = registry.exposition().text.split(separator: "\n")
        #expect(lines.dropFirst(2) == [#"a_total{way="in"} 2"#, #"a_total{way="out"} 1"#])
    }

    @Test("Beyond the bound, new label values count as other, and the known ones go on")
    func bound() {
        let registry = MetricsRegistry(Self.families)
        func count(_ way: String) {
            Counter(label: "a_total", dimensions: [("way", way)], factory: registry).increment()
        }
        for number in 0..<10_000 { count("\(number)") }
        count("7")
        let lines = registry.exposition().text.split(separator: "\n").filter { $0.hasPrefix("a_total{") }
        #expect(lines.count == MetricsRegistry.mostSeries)
        #expect(lines.contains(#"a_total{way="7"} 2"#))
        #expect(lines.contains("a_total{way=\"other\"} \(10_000 - MetricsRegistry.mostSeries + 1)"))
    }

    @Test("What no family describes is not counted, and is named")
    func strays() {
        let registry = MetricsRegistry(Self.families)
        Counter(label: "d_total", factory: registry).increment()
        Counter(label: "a_total", factory: registry).increment()
        Counter(label: "b", factory: registry).increment()
        Timer(label: "unused", factory: registry).recordSeconds(1)
        registry.observe("c_seconds") { [MetricSample([], 1)] }
        #expect(registry.exposition().text == "")
        #expect(registry.strays == ["d_total", "a_total", "b", "unused", "c_seconds"])
    }

    @Test("A gauge rises and falls by whoever moves it, without losing a step")
    func gauge() async {
        let registry = MetricsRegistry(Self.families)
        let meter = Meter(label: "b", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 { if number < 5 { meter.increment() } else { meter.decrement() } }
                }
            }
        }
        #expect(registry.exposition().text.hasSuffix("\nb 2000\n"))
    }

    @Test("A value is read when the page is made")
    func observed() {
        let registry = MetricsRegistry(Self.families)
        registry.observe("b") { [MetricSample([], 7)] }
        #expect(registry.exposition().text.hasSuffix("\nb 7\n"))
    }

    @Test("Names and units follow the conventions of Prometheus")
    func conventions() {
        #expect(Set([MetricFamily].all.map(\.name)).count == [MetricFamily].all.count)
        for family in [MetricFamily].all {
            let name = Comment(rawValue: family.name)
            #expect(family.name.hasPrefix("tocsin_") || family.name.hasPrefix("process_"), name)
            #expect(family.name.allSatisfy { $0.isLowercase || $0 == "_" }, name)
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), name)
            #expect(!["_ms", "_milliseconds", "_kb", "_count", "_sum"].contains { family.name.hasSuffix($0) }, name)
            #expect(!family.help.isEmpty && family.labels == family.labels.sorted(), name)
            guard case .histogram(let bounds) = family.kind else { continue }
            #expect(family.name.hasSuffix("_seconds") && bounds == bounds.sorted(), name)
        }
    }

    @Test("What proc(5) says of a process is read past a name that holds anything")
    func process() throws {
        let text =
            "42 (a ) b (c) S 1 42 42 0 -1 4194560 900 0 0 0 250 150 0 0 20 0 9 0 12345 104857600 2560 18446744073709551615"
        let stat = try #require(ProcessReadings(stat: text, ticksPerSecond: 100, pageSize: 4_096))
        #expect(stat.cpuSeconds == 4 && stat.startSeconds == 123.45)
        #expect(stat.virtualBytes == 104_857_600 && stat.residentBytes == 10_485_760)
        #expect(ProcessReadings(stat: "42 (a) S 1", ticksPerSecond: 100, pageSize: 4_096) == nil)
    }
}
