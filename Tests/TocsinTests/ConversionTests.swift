internal import Foundation
internal import Notifications
internal import Testing

@testable internal import Tocsin

@Suite struct ConversionTests {
    private func kuma(_ text: String) throws -> Conversion {
        try UptimeKumaBackup.convert(Array(text.utf8), name: "backup.json")
    }

    private func gatus(_ text: String) throws -> Conversion {
        try GatusConfiguration.convert(text, name: "config.yaml")
    }

    private func notes(_ conversion: Conversion, _ subject: String) -> [String] {
        conversion.notes.filter { $0.subjects.contains(subject) }.map(\.reason)
    }

    private static let backup = """
        {"version": "1.23.16",
         "notificationList": [
          {"id": 1, "name": "Ops", "active": true, "isDefault": true, "userId": 1,
           "config": "{\\"name\\":\\"Ops\\",\\"type\\":\\"slack\\",\\"slackwebhookURL\\":\\"https://hooks.example/x\\",\\"slackchannel\\":\\"#a\\"}"},
          {"id": 2, "name": "Phone", "active": true, "config": "{\\"type\\":\\"telegram\\",\\"telegramBotToken\\":\\"t\\"}"}],
         "monitorList": [
          {"id": 9, "name": "Shop", "type": "group", "active": true, "parent": null},
          {"id": 1, "name": "Front", "type": "http", "url": "https://shop.example", "method": "GET", "parent": 9,
           "maxretries": 2, "active": true, "interval": 60, "timeout": 48, "retryInterval": 30, "resendInterval": 5,
           "expiryNotification": true, "ignoreTls": true, "upsideDown": false, "maxredirects": 3,
           "accepted_statuscodes": ["200-299", "401"], "notificationIDList": {"1": true, "2": true},
           "tags": [{"name": "team", "value": "red"}], "headers": "{\\"X-Key\\": \\"${literal}\\"}",
           "authMethod": "basic", "basic_auth_user": "u", "basic_auth_pass": "p", "dns_resolve_type": "A",
           "description": "the front", "kafkaProducerBrokers": []},
          {"id": 2, "name": "Front", "type": "keyword", "url": "https://b.example", "keyword": "ok", "interval": 20,
           "active": false, "accepted_statuscodes": ["200-299"], "authMethod": "ntlm"},
          {"id": 3, "name": "Router", "type": "ping", "hostname": "10.0.0.1", "interval": 60}]}
        """

    @Test func `a backup of Uptime Kuma becomes sites and channels`() throws {
        let conversion = try kuma(Self.backup)
        #expect(conversion.sites.map { $0["name"]?.string } == ["Front", "Front (2)"])
        let front = try #require(conversion.sites.first)
        #expect(front["group"] == "Shop")
        #expect(front["confirm"] == ["failures": 3, "interval": "30s"])
        #expect(front["expect"] == ["status": ["200-299", "401"]])
        #expect(front["verifyTLS"] == false)
        #expect(front["redirects"] == 3)
        #expect(front["tags"] == ["team: red", "notify:Ops"])
        #expect(front["headers"] == ["X-Key": "$${literal}", "Authorization": "Basic dTpw"])
        #expect(conversion.sites.last?["paused"] == true)
        #expect(conversion.sites.last?["expect"]?["body"] == "ok")
        #expect(conversion.channels.map { $0["tags"] } == [["notify:Ops"]])
        #expect(notes(conversion, "Router").first?.contains("ping is not possible") == true)
        #expect(notes(conversion, "Phone").first?.contains("telegram") == true)
        #expect(notes(conversion, "Ops").first?.contains("slackchannel") == true)
        #expect(notes(conversion, "Front").contains { $0.contains("description") })
        #expect(notes(conversion, "Front").contains { $0.contains("ntlm") && $0.contains("paused") })
        #expect(conversion.lines.count == conversion.notes.count)
    }

    @Test func `what is no backup says how to come by one`() throws {
        for text in ["", "[1", "{}", "[]", "{\"monitorList\": 7}"] {
            let error = #expect(throws: CommandError.self) { try kuma(text) }
            #expect(error?.message.contains("Settings, Backup") == true)
        }
    }

    private static let configuration = """
        metrics: true
        alerting:
          slack:
            webhook-url: "${SLACK_URL}"
            default-alert: {failure-threshold: 5, send-on-resolved: true, description: "sick"}
            overrides:
            - {group: core, webhook-url: "https://hooks.example/core"}
          ntfy: {topic: gatus, priority: 2, token: $TOKEN}
          pagerduty: {integration-key: k}
        endpoints:
        - name: website
          group: core
          url: "https://twin.example/health"
          interval: 1m30s
          headers: {Price: "$$5"}
          client: {insecure: true, timeout: 5s}
          conditions:
          - "[STATUS] >= 200"
          - "[STATUS] < 300"
          - "[RESPONSE_TIME] < 300"
          - "[BODY] == pat(*<h1>Example Domain</h1>*)"
          - "[CERTIFICATE_EXPIRATION] > 48h"
          - "[CONNECTED] == true"
          - "[BODY].status == UP"
          alerts: [{type: slack}, {type: pagerduty}]
        - {name: any, url: "http://any.example", conditions: ["[STATUS] == any(200, 429)"], alerts: [{type: ntfy}]}
        - {name: dns, url: "8.8.8.8", dns: {query-type: A, query-name: example.org}}
        - {name: gone, url: "icmp://example.org", conditions: ["[CONNECTED] == true"]}
        - {name: proxied, url: "https://p.example", client: {proxy-url: "http://proxy"}}
        external-endpoints:
        - {name: pushed, token: potato}
        maintenance: {start: 23:00, duration: 1h}
        """

    @Test func `a configuration of Gatus becomes sites and channels`() throws {
        let conversion = try gatus(Self.configuration)
        #expect(conversion.sites.map { $0["name"]?.string } == ["website", "any", "proxied"])
        let site = try #require(conversion.sites.first)
        #expect(
            site["expect"] == [
                "latency": "300ms", "body": "<h1>Example Domain</h1>", "certificateDays": 2, "status": ["200-299"],
            ]
        )
        #expect(site["interval"] == "90s")
        #expect(site["timeout"] == "5s")
        #expect(site["verifyTLS"] == false)
        #expect(site["headers"] == ["Price": "$5"])
        #expect(site["confirm"] == ["failures": 3, "recoveries": 2, "interval": "90s"])
        #expect(site["tags"] == ["notify:slack core"])
        #expect(conversion.sites[1]["expect"] == ["status": ["200", "429"]])
        #expect(conversion.sites[2]["paused"] == true)
        #expect(conversion.channels.map { $0["name"]?.string } == ["slack", "slack core", "ntfy"])
        #expect(conversion.channels[0]["settings"] == ["url": "${SLACK_URL}"])
        #expect(conversion.channels[2]["settings"] == ["topic": "gatus", "token": "${TOKEN}"])
        #expect(conversion.channels[2]["events"] == ["site.down", "site.degraded", "certificate.expiring"])
        for subject in ["dns", "gone", "proxied", "pushed", "maintenance", "metrics", "alerting.pagerduty"] {
            #expect(!notes(conversion, subject).isEmpty, "\(subject) is told")
        }
        #expect(notes(conversion, "website").contains { $0.contains("[BODY].status == UP") })
    }

    @Test func `what was converted is a file that can be applied`() throws {
        let environment = ["SLACK_URL": "https://hooks.example/main", "TOKEN": "tk"]
        for conversion in [try kuma(Self.backup), try gatus(Self.configuration)] {
            let text = try conversion.yaml()
            let manifest = try Manifest(yaml: text, name: "tocsin.yaml", environment: environment)
            #expect(manifest.problems.isEmpty)
            let (sites, channels) = (manifest.documents(of: .site), manifest.documents(of: .channel))
            #expect(sites.count == conversion.sites.count)
            #expect(channels.count == conversion.channels.count)
            for site in sites { #expect(throws: Never.self) { try ServerSiteRules().check(site).get() } }
            for channel in channels { #expect(ServerChannelRules.problems(of: channel).isEmpty) }
        }
        let manifest = try Manifest(yaml: try kuma(Self.backup).yaml(), name: "tocsin.yaml", environment: [:])
        #expect(manifest.documents(of: .site).first?["headers"]?["X-Key"] == "${literal}")
    }

    @Test(arguments: [
        ("[STATUS] == pat(2*)", GatusCondition.status(Set(200...299))), ("200 == [STATUS]", .status([200])),
        ("300 > [STATUS]", .status(Set(100...299))),
        ("[STATUS] != any(500, 501)", .status(Set(100...599).subtracting([500, 501]))),
        ("[BODY] == pat(*a*b*)", .other), ("[BODY] == hello", .body("hello", isWhole: true)),
        ("len([BODY].data) < 5", .other), ("[RESPONSE_TIME] > 5", .other), ("[STATUS]==200", .other), ("", .other),
        ("[CERTIFICATE_EXPIRATION] > 49h", .certificate(days: 3)), ("[IP] == 127.0.0.1", .other),
    ])
    func `a condition is read as far as a site can hold it`(_ text: String, _ condition: GatusCondition) {
        #expect(GatusCondition(text) == condition)
    }

    @Test func `variables of Gatus are written as they are applied`() {
        func read(_ text: String) -> JSON {
            GatusConfiguration.restoringVariables(.string(GatusConfiguration.markingVariables(text)))
        }
        #expect(read("$A ${B} $$C $ $ ${") == "${A} ${B} $C $ $ ${")
        #expect(read("$${X}") == "$${X}")
    }

    @Test func `no wrong input ends in anything but a conversion or a sentence`() throws {
        var random = SystemRandomNumberGenerator()
        let seeds = [Array(Self.backup.utf8), Array(Self.configuration.utf8)]
        let pieces: [[UInt8]] = [
            Array("null".utf8), Array("-1e308".utf8), Array("[[".utf8), Array("{}".utf8), Array("\"\"".utf8), [0],
            [0xFF],
            Array("*".utf8), Array("$".utf8), Array("9223372036854775807".utf8), Array(": ".utf8),
        ]
        for round in 0..<600 {
            var bytes = seeds[round % 2]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
                bytes.replaceSubrange(start..<end, with: pieces.randomElement(using: &random) ?? [])
            }
            do {
                let text = String(decoding: bytes, as: UTF8.self)
                let conversion = round % 2 == 0 ? try UptimeKumaBackup.convert(bytes, name: "f") : try gatus(text)
                _ = try conversion.yaml()
                _ = conversion.lines
            } catch is CommandError {}
        }
    }
}
