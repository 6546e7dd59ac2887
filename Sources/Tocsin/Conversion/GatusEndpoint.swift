internal import Foundation
internal import Monitoring
internal import Notifications

/// One endpoint of Gatus as a site.
struct GatusEndpoint {
    private let endpoint: JSON
    private let title: String

    private static let known: Set<String> = [
        "enabled", "name", "group", "url", "method", "conditions", "interval", "graphql", "body", "headers", "alerts",
        "client", "ui", "extra-labels", "maintenance-windows", "dns", "ssh",
    ]
    /// Parts of the client that a check can't do without.
    private static let needed = ["oauth2", "identity-aware-proxy", "proxy-url", "tls", "tunnel"]

    init(_ endpoint: JSON) {
        self.endpoint = endpoint
        title = endpoint["name"]?.string ?? endpoint["url"]?.string ?? "endpoint"
    }

    /// The site; nil, with a note, where there can be none.
    func site(alerting: inout GatusAlerting, _ conversion: inout Conversion) -> JSON? {
        let url = endpoint["url"]?.string ?? ""
        let scheme = url.split(separator: ":").first.map { $0.lowercased() } ?? ""
        let isHTTP = ["http", "https"].contains(scheme) || url.hasPrefix("${")
        guard isHTTP, endpoint["dns"]?.isNothing ?? true, endpoint["ssh"]?.isNothing ?? true else {
            let kind = endpoint["dns"] != nil ? "dns" : endpoint["ssh"] != nil ? "ssh" : scheme
            conversion.note(
                title,
                "An endpoint of type \(Printable.text(kind, atMost: 20)) is not possible here, only HTTP and HTTPS are; check an HTTP address of the same service"
            )
            return nil
        }
        let group = endpoint["group"]?.string.map { Printable.text($0, atMost: 99).trimmingSpaces() }
        var site = SiteDraft(name: conversion.name(title, group: group, kind: "site"))
        site["url"] = .string(url)
        site["group"] = JSON(group)
        // Gatus follows as many as Go does.
        site["redirects"] = 10
        var isPaused = endpoint["enabled"]?.bool == false
        let interval = milliseconds("interval", of: endpoint, 60_000, &conversion)
        site["interval"] = .string(Duration.milliseconds(interval).text)
        readRequest(&site, &isPaused, &conversion)
        readClient(interval, &site, &isPaused, &conversion)
        readConditions(&site, &conversion)
        readAlerts(group, interval, &alerting, &site, &conversion)
        noteRest(&conversion)
        if isPaused { site["paused"] = true }
        return site.document
    }

    private func milliseconds(
        _ name: String,
        of json: JSON?,
        _ standard: Int64,
        _ conversion: inout Conversion
    )
        -> Int64
    {
        guard let value = json?[name], !value.isNothing else { return standard }
        if let time = GatusDuration.milliseconds(value), (1_000...(30 * 86_400_000)).contains(time) { return time }
        conversion.note(
            title,
            "Its \(name) is no duration that is possible here, and is \(Duration.milliseconds(standard).text) now"
        )
        return standard
    }

    private func readRequest(_ site: inout SiteDraft, _ isPaused: inout Bool, _ conversion: inout Conversion) {
        let method = endpoint["method"]?.string?.uppercased() ?? "GET"
        site["method"] = .string(method)
        for header in endpoint["headers"]?.members ?? [] { site.addHeader(header.name, header.value.cell) }
        guard var body = endpoint["body"]?.string, !body.isEmpty else { return }
        if ["GET", "HEAD"].contains(method) {
            return conversion.note(title, "Its body is left out: a \(method) request has none here")
        }
        let places = ["NAME": title, "GROUP": endpoint["group"]?.string ?? "", "URL": endpoint["url"]?.string ?? ""]
        for (place, value) in places { body = body.replacing("[ENDPOINT_\(place)]", with: value) }
        if ["[LOCAL_ADDRESS]", "[RANDOM_STRING_", "[CONTEXT]"].contains(where: { body.contains($0) }) {
            isPaused = true
            conversion.note(
                title,
                "Its body has places that are filled anew each time, which is not possible here; it is imported paused: resume it with a body that stands"
            )
        }
        if endpoint["graphql"]?.bool == true {
            body = JSON.object([.init("query", .string(body))]).text
            site.addHeader("Content-Type", "application/json")
        }
        site["body"] = .string(body)
    }

    private func readClient(
        _ interval: Int64,
        _ site: inout SiteDraft,
        _ isPaused: inout Bool,
        _ conversion: inout Conversion
    ) {
        let client = endpoint["client"]
        if client?["insecure"]?.bool == true { site["verifyTLS"] = false }
        if client?["ignore-redirect"]?.bool == true { site["redirects"] = 0 }
        let wanted = milliseconds("timeout", of: client, 10_000, &conversion)
        let timeout = min(wanted, interval, 300_000)
        if timeout < wanted {
            conversion.note(title, "Its timeout is shortened: it is at most the interval, and 5 minutes")
        }
        site["timeout"] = .string(Duration.milliseconds(timeout).text)
        for member in client?.members ?? [] where !member.value.isNothing {
            switch member.name {
            case "insecure", "ignore-redirect", "timeout", "network": break
            case let name where Self.needed.contains(name):
                isPaused = true
                conversion.note(
                    title,
                    "Needs client.\(name), which is not possible here; it is imported paused: resume it once it can be checked without"
                )
            case let name:
                conversion.note(
                    title,
                    "Its client.\(Printable.text(name, atMost: 40)) has no counterpart here and is left out"
                )
            }
        }
    }

    private func readConditions(_ site: inout SiteDraft, _ conversion: inout Conversion) {
        var statuses = GatusCondition.allStatuses
        var expect: [JSON.Member] = []
        func set(_ name: String, _ value: JSON, _ text: String) {
            if expect.contains(where: { $0.name == name }) {
                note(condition: text, &conversion)
            } else {
                expect.append(.init(name, value))
            }
        }
        for element in endpoint["conditions"]?.array ?? [] {
            let text = element.cell
            switch GatusCondition(text) {
            case .status(let set): statuses.formIntersection(set)
            case .latency(let limit):
                set("latency", .string(Duration.milliseconds(Int64(limit)).text), text)
                conversion.note(title, "A slow answer makes it degraded here, not down")
            case .body(let part, let isWhole):
                set("body", .string(part), text)
                if isWhole { conversion.note(title, "Its body had to be a text; here it has to contain it") }
            case .certificate(let days):
                set("certificateDays", JSON(days), text)
                conversion.note(title, "A certificate that ends soon is announced here; it does not make the site down")
            case .connected: break
            case .other: note(condition: text, &conversion)
            }
        }
        let ranges = GatusCondition.ranges(statuses)
        if ranges.isEmpty || ranges.count > 32 {
            conversion.note(
                title,
                "Its conditions on the status leave none, or too many ranges; 200-299 is expected now"
            )
        } else {
            expect.append(.init("status", .array(ranges.map(JSON.string))))
        }
        site["expect"] = .object(expect)
    }

    private func note(condition text: String, _ conversion: inout Conversion) {
        conversion.note(
            title,
            "The condition `\(Printable.text(text, atMost: 120))` is not possible here and left out; a text that the body must contain (expect.body) may do instead"
        )
    }

    private func readAlerts(
        _ group: String?,
        _ interval: Int64,
        _ alerting: inout GatusAlerting,
        _ site: inout SiteDraft,
        _ conversion: inout Conversion
    ) {
        let alerts = (endpoint["alerts"]?.array ?? []).compactMap {
            alerting.alert($0, group: group, endpoint: title, &conversion)
        }
        guard let first = alerts.map(\.failures).min(), let last = alerts.map(\.successes).min() else { return }
        if alerts.contains(where: { $0.failures != first || $0.successes != last }) {
            conversion.note(title, "Its alerts have different thresholds; the lowest counts for all here")
        }
        // One attempt an interval, as Gatus counts them.
        site["confirm"] = [
            "failures": JSON(min(first, 20)), "recoveries": JSON(min(last, 20)),
            "interval": .string(Duration.milliseconds(min(interval, 3_600_000)).text),
        ]
        var seen: Set<String> = []
        site["tags"] = .array(alerts.compactMap(\.tag).filter { seen.insert($0).inserted }.map(JSON.string))
    }

    private func noteRest(_ conversion: inout Conversion) {
        for member in endpoint.members ?? [] where !member.value.isNothing {
            switch member.name {
            case "ui", "extra-labels":
                conversion.note(title, "Its \(member.name) is left out; it does not change what is checked")
            case "maintenance-windows":
                conversion.note(title, "Its maintenance windows are not carried over; set them up here")
            case let name where Self.known.contains(name): break
            case let name:
                conversion.note(title, "Its field \(Printable.text(name, atMost: 60)) is not known and left out")
            }
        }
    }
}
