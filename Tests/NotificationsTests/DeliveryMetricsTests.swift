import Monitoring
import Notifications
import Telemetry
import TestSupport
import Testing

/// What the notifier counts, as its page tells it.
@Suite struct DeliveryMetricsTests {
    private func value(_ line: String, _ registry: MetricsRegistry) -> Double? {
        registry.exposition().text.split(separator: "\n").first { $0.hasPrefix("\(line) ") }
            .flatMap { Double($0.dropFirst(line.count + 1)) }
    }

    @Test func `each attempt is counted once, by what followed from it, and so is the dead letter`() async throws {
        let registry = MetricsRegistry()
        try await LocalReceiver.with({ index, _ in .respond(status: index < 4 ? 500 : 204) }) { receiver in
            try await Stage.with(metrics: registry) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                try await stage.post(#"{"type":"b","time":"2020-01-01T00:00:00Z"}"#)
                try await eventually("the other is delivered") { receiver.requests.count == 5 }
                try await stage.settled()
            }
        }
        func attempts(_ outcome: String) -> Double? {
            value(#"tocsin_delivery_attempts_total{channel_type="webhook",outcome="\#(outcome)"}"#, registry)
        }
        #expect(attempts("retry") == 3 && attempts("dead") == 1 && attempts("sent") == 1)
        #expect(value(#"tocsin_dead_letters_made_total{channel_type="webhook"}"#, registry) == 1)
        let type = #"{channel_type="webhook""#
        #expect(value("tocsin_delivery_attempt_duration_seconds_count\(type)}", registry) == 5)
        // Its time is years ago, beyond the last bound.
        #expect(value(#"tocsin_delivery_latency_seconds_bucket\#(type),le="259200.0"}"#, registry) == 0)
        #expect(value(#"tocsin_delivery_latency_seconds_bucket\#(type),le="+Inf"}"#, registry) == 1)
        #expect(registry.strays.isEmpty)
    }

    @Test func `pauses that a receiver asks for, open circuits and unwanted events are counted`() async throws {
        let registry = MetricsRegistry()
        try await LocalReceiver.with({ index, _ in
            index == 0 ? .respond(status: 429, headers: ["Retry-After": "1"]) : .respond(status: 500)
        }) { receiver in
            try await Stage.with(metrics: registry) { stage in
                _ = try await stage.addWebhook(receiver.url, events: ["wanted.*"])
                try await stage.ready()
                try await stage.post(#"{"type":"unwanted"}"#)
                for index in 0..<6 { try await stage.post(#"{"type":"wanted.\#(index)"}"#) }
                try await eventually("the circuit opens", within: .seconds(30)) {
                    value(#"tocsin_circuit_breakers_open{channel_type="webhook"}"#, registry) == 1
                }
            }
        }
        #expect(value(#"tocsin_circuit_breaker_openings_total{channel_type="webhook"}"#, registry) == 1)
        #expect(value(#"tocsin_rate_limit_pauses_total{channel_type="webhook"}"#, registry) == 1)
        #expect(value("tocsin_events_unrouted_total", registry) == 1)
    }
}
