internal import Notifications
internal import Testing

@testable internal import Tocsin

@Suite struct ManifestTests {
    /// A site as the server shows one.
    private func shown(_ changes: [JSON.Member] = []) -> JSON {
        let base: [JSON.Member] = [
            .init("id", "7"), .init("name", "A"), .init("kind", "http"), .init("url", "https://a.example"),
            .init("method", "GET"), .init("headers", [:]), .init("body", .null), .init("verifyTLS", true),
            .init("interval", "60s"), .init("timeout", "10s"),
            .init("expect", ["status": ["200-299"], "body": .null, "latency": .null, "certificateDays": 14]),
            .init("redirects", 5), .init("confirm", ["failures": 2, "recoveries": 1, "interval": "5s"]),
            .init("regions", ["default"]), .init("quorum", .null), .init("group", .null), .init("dependsOn", []),
            .init("tags", []), .init("paused", false), .init("state", "up"),
            .init("defaults", ["interval", "timeout"]),
            .init("revision", 3),
        ]
        return .object(base.filter { own in !changes.contains { $0.name == own.name } } + changes)
    }

    private func changes(_ document: JSON, _ current: JSON, prunes: Bool = false) -> [ManifestChange] {
        changes(.site, document, current, prunes: prunes)
    }

    private func changes(
        _ kind: ManifestKind,
        _ document: JSON,
        _ current: JSON,
        prunes: Bool = false
    ) -> [ManifestChange] {
        var difference = ManifestDifference(
            ManifestSection(kind: kind, documents: [document]),
            rules: ManifestRules(defaultInterval: .seconds(60)),
            prunes: prunes
        )
        difference.compare([current])
        difference.finish()
        #expect(difference.problems.isEmpty)
        return difference.changes
    }

    private func patch(_ document: JSON, _ current: JSON) -> JSON? {
        guard case .change(_, let patch, _, _)? = changes(document, current).first?.action else { return nil }
        return patch
    }

    @Test func `what is the same asks for no change`() {
        #expect(changes(["url": "https://a.example", "name": "A"], shown()).isEmpty)
        let full = shown()
        #expect(changes(full, full).isEmpty)
    }

    @Test func `durations and statuses are compared by what they mean`() {
        let current = shown([.init("interval", "60s"), .init("defaults", ["timeout"])])
        let document: JSON = [
            "url": "https://a.example", "name": "A", "interval": "1m", "expect": ["status": ["200-299"]],
        ]
        #expect(changes(document, current).isEmpty)
        let numbers = shown([
            .init("expect", ["status": ["200"], "body": .null, "latency": .null, "certificateDays": 14])
        ])
        #expect(changes(["url": "https://a.example", "name": "A", "expect": ["status": [200]]], numbers).isEmpty)
    }

    @Test func `a change is a patch of nothing but what differs`() {
        #expect(patch(["url": "https://a.example", "name": "A", "interval": "30s"], shown()) == ["interval": "30s"])
        let document: JSON = ["url": "https://a.example", "name": "A", "expect": ["status": ["200"]]]
        #expect(patch(document, shown()) == ["expect": ["status": ["200"]]])
    }

    @Test func `what the file leaves out takes its default`() {
        let current = shown([
            .init("tags", ["x"]), .init("redirects", 0), .init("defaults", ["timeout"]), .init("interval", "30s"),
            .init("expect", ["status": ["200-299"], "body": "hello", "latency": .null, "certificateDays": 3]),
            .init("headers", ["Accept": "(hidden)"]),
        ])
        #expect(
            patch(["url": "https://a.example", "name": "A"], current) == [
                "headers": ["Accept": .null], "interval": .null, "expect": ["body": .null, "certificateDays": 14],
                "redirects": 5, "tags": [],
            ]
        )
    }

    @Test func `an interval that is the server's default is not the same as one that was set`() {
        #expect(patch(["url": "https://a.example", "name": "A", "interval": "60s"], shown()) == ["interval": "60s"])
    }

    @Test func `a header's value is written again where it is given, and stays where it is not`() {
        let current = shown([.init("headers", ["Authorization": "(hidden)"])])
        let given: JSON = ["url": "https://a.example", "name": "A", "headers": ["Authorization": "Bearer x"]]
        #expect(patch(given, current) == ["headers": ["Authorization": "Bearer x"]])
        let hidden: JSON = ["url": "https://a.example", "name": "A", "headers": ["Authorization": "(hidden)"]]
        #expect(changes(hidden, current).isEmpty)
    }

    @Test func `a channel's secret stays where the file gives none`() {
        let current: JSON = [
            "id": "1", "name": "ops", "type": "webhook", "settings": ["url": "https://h", "timeout": "5s"],
            "events": ["*"],
            "tags": [], "paused": false, "secrets": ["secret"], "disabledReason": .null,
        ]
        let document: JSON = ["name": "ops", "type": "webhook", "settings": ["url": "https://h"]]
        let changes = changes(.channel, document, current)
        #expect(changes.map(\.line) == ["~ channel ops: settings.timeout"])
        guard case .change("1", let patch, _, _)? = changes.first?.action else {
            Issue.record("no change")
            return
        }
        #expect(patch == ["settings": ["timeout": .null]])
    }

    @Test func `what is new is added, and what the file lacks is removed only when it is pruned`() {
        let document: JSON = ["url": "https://b.example"]
        #expect(changes(document, shown()).map(\.line) == ["+ site https://b.example"])
        #expect(changes(document, shown(), prunes: true).map(\.line) == ["- site A", "+ site https://b.example"])
    }

    @Test func `a URL that is changed does not take the name with it`() {
        let current = shown([.init("url", "https://old.example"), .init("name", "https://old.example")])
        let document: JSON = ["url": "https://new.example", "name": "https://old.example"]
        #expect(patch(document, current) == ["url": "https://new.example", "name": "https://old.example"])
    }

    @Test func `texts that only Unicode holds for the same are not the same`() {
        let current = shown([.init("group", "caf\u{E9}")])
        #expect(patch(["url": "https://a.example", "name": "A", "group": "cafe\u{301}"], current) != nil)
        #expect(changes(["url": "https://a.example", "name": "A", "group": "caf\u{E9}"], current).isEmpty)
    }

    private func manifest(_ text: String, _ environment: [String: String] = [:]) throws -> Manifest {
        try Manifest(yaml: text, name: "tocsin.yaml", environment: environment)
    }

    @Test func `variables of the environment are put in`() throws {
        let text = "channels:\n- {name: ops, type: slack, settings: {url: \"${SLACK}/x$${y\"}}\n"
        let manifest = try manifest(text, ["SLACK": "https://s"])
        #expect(manifest.documents(of: .channel).first?["settings"]?["url"] == "https://s/x${y")
    }

    @Test func `a kind that the file does not speak of is left alone`() throws {
        #expect(try manifest("sites: []\n").sections.map(\.kind) == [.site])
        #expect(try manifest("channels:\n").sections.map(\.kind) == [.channel])
    }
}
