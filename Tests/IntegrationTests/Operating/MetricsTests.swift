internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import Notifications
internal import TestSupport
internal import Testing

extension Operating {
    /// `/metrics` of the running program, as Prometheus' own library reads it.
    @Suite("Metrics") struct Metrics {
        /// What stands in a page, by the name of the family; the library refuses what is no metric.
        private struct Page {
            struct Sample {
                let name: String
                let labels: [String: String]
                let value: Double
            }

            let samples: [String: [Sample]]
            let kinds: [String: String]

            private static let script = """
                import json, sys
                from prometheus_client.parser import text_string_to_metric_families
                families = {}
                for family in text_string_to_metric_families(open(sys.argv[1]).read()):
                    assert family.documentation, family.name
                    assert family.name not in families, family.name
                    families[family.name] = {"kind": family.type, "samples": [
                        [sample.name, sample.labels, repr(float(sample.value))] for sample in family.samples]}
                print(json.dumps(families))
                """

            init(_ text: String, in tocsin: TocsinWorkspace) async throws {
                let path = try tocsin.write(text, to: "metrics.txt")
                let outcome = try await PythonTool.run("python", ["-c", Self.script, path], in: tocsin.directory)
                guard outcome.status == 0 else { throw TocsinProcess.Failure(outcome.output) }
                guard case .object(let families) = try JSON(parsing: Array(outcome.output.utf8)) else {
                    throw TocsinProcess.Failure("not an object: \(outcome.output)")
                }
                var samples: [String: [Sample]] = [:]
                var kinds: [String: String] = [:]
                for family in families {
                    // The library takes the end of counters' names off.
                    let kind = family.value["kind"]?.string ?? ""
                    let name = kind == "counter" ? "\(family.name)_total" : family.name
                    kinds[name] = kind
                    samples[name] = (family.value["samples"]?.array ?? []).map(Self.sample)
                }
                self.samples = samples
                self.kinds = kinds
            }

            private static func sample(_ json: JSON) -> Sample {
                let parts = json.array ?? []
                var labels: [String: String] = [:]
                if case .object(let members) = parts[1] {
                    for member in members { labels[member.name] = member.value.string }
                }
                return Sample(name: parts[0].string ?? "", labels: labels, value: Double(parts[2].string ?? "") ?? .nan)
            }

            /// The sum of a metric's values, of those series that have the labels.
            func sum(_ family: String, _ name: String? = nil, _ labels: [String: String] = [:]) -> Double {
                (samples[family] ?? []).filter { sample in
                    sample.name == name ?? family && labels.allSatisfy { sample.labels[$0.key] == $0.value }
                }.reduce(0) { $0 + $1.value }
            }
        }

        /// The names in the tables of `docs/metrics.md`, with their kinds.
        private static func documented() throws -> [String: String] {
            let text = try String(contentsOfFile: PythonTool.file("docs/metrics.md"), encoding: .utf8)
            let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map {
                $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            return Dictionary(rows.map { ($0[0].replacing("`", with: ""), $0[1]) }) { first, _ in first }
        }

        @Test("The page is Prometheus' format, tells all that is documented, and counts what has happened")
        func page() async throws {
            try await LocalReceiver.with { receiver in
                try await LocalSite.with { site in
                    try await withTocsin { tocsin in
                        let server = try await tocsin.serve(["--interval", "1s", "--webhook", receiver.url("/hook")])
                        try await server.post("/v1/sites", ["url": .string(site.url())])
                        #expect(try await server.postEvent(["type": "demo.hello"]).status == 202)
                        #expect(try await server.postEvent(["type": 7]).status == 422)
                        #expect(try await server.call("GET", "/v1/nothing/here").status == 404)
                        #expect(try await server.call("GET", "/v1/sites/9999").status == 404)
                        var last: Page?
                        try await eventually("a check and a delivery are counted") {
                            let answer = try await server.with(token: nil).call("GET", "/metrics")
                            #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
                            let page = try await Page(answer.text, in: tocsin)
                            last = page
                            return page.sum("tocsin_checks_total") > 0
                                && page.sum("tocsin_pusher_slots_pushed_total") > 0
                                && page.sum("tocsin_delivery_attempts_total", nil, ["outcome": "sent"]) > 0
                        }
                        let page = try #require(last)

                        // Only the engines in use are told of.
                        var expected = try Self.documented()
                        for name in expected.keys where name.contains("_redis_") || name.contains("_postgres_") {
                            expected[name] = nil
                        }
                        #expect(page.kinds == expected)
                        for (name, samples) in page.samples {
                            let series = Set(samples.map { $0.labels.filter { $0.key != "le" } })
                            #expect(!series.isEmpty && series.count <= 200, "\(name)")
                            #expect(samples.allSatisfy { $0.value >= 0 }, "\(name)")
                        }

                        #expect(page.sum("tocsin_checks_total", nil, ["outcome": "up"]) >= 1)
                        let phases = "tocsin_check_phase_duration_seconds"
                        #expect(page.sum(phases, "\(phases)_count", ["phase": "first_byte"]) >= 1)
                        #expect(page.sum(phases, "\(phases)_count", ["phase": "tls"]) == 0)
                        #expect(page.sum("tocsin_pusher_leading") == 1)
                        #expect(page.sum("tocsin_pusher_slots_pushed_total") >= 1)
                        #expect(page.sum("tocsin_events_accepted_total") == 1)
                        #expect(page.sum("tocsin_event_requests_total", nil, ["outcome": "queued"]) == 1)
                        #expect(page.sum("tocsin_event_requests_total", nil, ["outcome": "invalid"]) == 1)
                        let latency = "tocsin_delivery_latency_seconds"
                        #expect(page.sum(latency, "\(latency)_count", ["channel_type": "webhook"]) == 1)
                        let requests = "tocsin_http_requests_total"
                        #expect(page.sum(requests, nil, ["route": "/v1/sites/{id}", "status": "4xx"]) == 1)
                        #expect(page.sum(requests, nil, ["route": "none", "method": "none"]) == 1)
                        #expect(page.sum("tocsin_role_ready") == 5)
                        let resident = try #require(server.process.residentBytes)
                        #expect(page.sum("process_resident_memory_bytes") > Double(resident) / 2)
                        #expect(page.sum("process_start_time_seconds") > 1_700_000_000)
                    }
                }
            }
        }

        @Test("A process without the API tells of itself at an address of its own, and of nothing else")
        func withoutAPI() async throws {
            try await withTocsinOnRedis { tocsin, _ in
                let port = try await freePort()
                let server = try await tocsin.serve(["--roles", "pusher,api,monitor"])
                _ = try await tocsin.serve(roles: "notifier", ["--set", "metrics.listen=127.0.0.1:\(port)"])
                func get(_ path: String) async throws -> (status: String, text: String) {
                    let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                    let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                    let body = try await answer.body.collect(upTo: 1 << 20)
                    return (String("\(answer.status)".prefix(3)), String(buffer: body))
                }
                try await eventually("the notifier is ready") {
                    // It may not listen yet.
                    (try? await get("/readyz").status) == "200"
                }
                #expect(try await get("/healthz").text == "ok\n")
                let page = try await Page(try await get("/metrics").text, in: tocsin)
                #expect(page.sum("tocsin_role_ready", nil, ["role": "notifier"]) == 1)
                #expect(page.sum("tocsin_redis_connections") >= 1 && page.sum("tocsin_redis_connects_total") >= 1)
                #expect(page.samples["tocsin_jobs_waiting"] == nil && page.samples["tocsin_checks_total"] == nil)
                for path in ["/", "/v1/sites", "/openapi.yaml", "/assets/styles/tocsin.css"] {
                    #expect(try await get(path).status == "404", "\(path)")
                }
                let own = try await Page(try await server.call("GET", "/metrics").text, in: tocsin)
                #expect(own.samples["tocsin_jobs_waiting"] != nil)
            }
        }
    }
}
