internal import Foundation
internal import Monitoring
internal import Notifications

/// Reads the backup of Uptime Kuma 1.x (Settings, Backup, Export): `version`, `notificationList` and `monitorList`.
///
/// The fields are those of `Monitor.toJSON` and of the notification providers in its branch 1.23.X.
struct UptimeKumaBackup {
    private var conversion = Conversion()
    /// The name and the tag of each notification's channel, by the notification's id.
    private var channels: [String: String] = [:]
    private var groups: [String: JSON] = [:]

    /// Makes sites and channels of a backup.
    ///
    /// - Throws: ``CommandError`` where it is no such backup.
    static func convert(_ bytes: [UInt8], name: String) throws -> Conversion {
        let backup: JSON
        do {
            backup = try JSON(parsing: bytes)
        } catch {
            throw CommandError(
                .failure,
                "\(name) is no backup of Uptime Kuma: it is not JSON (\(error)); make one in Settings, Backup.",
                cause: error
            )
        }
        guard let monitors = list(backup["monitorList"]) else {
            throw CommandError(
                .failure,
                "\(name) is no backup of Uptime Kuma 1.x: it has no `monitorList`; version 2 can't make one, so make it with 1.x in Settings, Backup before upgrading, or write the sites into a file for `tocsin apply`."
            )
        }
        var reader = Self()
        reader.read(backup, monitors)
        return reader.conversion
    }

    private static func list(_ json: JSON?) -> [JSON]? {
        json?.array ?? json?.members?.map(\.value)
    }

    private mutating func read(_ backup: JSON, _ monitors: [JSON]) {
        for member in backup.members ?? []
        where !["version", "notificationList", "monitorList"].contains(member.name) && !member.value.isNothing {
            conversion.note(member.name, "This list of the backup has no counterpart here and is left out")
        }
        for notification in Self.list(backup["notificationList"]) ?? [] {
            guard let channel = KumaNotification(notification, &conversion) else { continue }
            channels[Self.id(notification["id"])] = channel.tag
            conversion.add(channel: channel.document)
        }
        for monitor in monitors where monitor["type"]?.string == "group" { groups[Self.id(monitor["id"])] = monitor }
        for monitor in monitors { read(monitor: monitor) }
    }

    private static func id(_ json: JSON?) -> String { json?.cell ?? "" }

    private mutating func read(monitor: JSON) {
        let title = monitor["name"]?.string ?? monitor["url"]?.string ?? "monitor \(Self.id(monitor["id"]))"
        guard monitor.members != nil else {
            return conversion.note("monitorList", "An element is not an object and is left out")
        }
        let type = monitor["type"]?.string ?? ""
        if type == "group" { return }
        guard ["http", "keyword"].contains(type) else {
            return conversion.note(title, Self.reason(leavingOut: type))
        }
        if monitor["upsideDown"]?.isNothing == false {
            return conversion.note(title, "Is up while its target is down (upside down), which is not possible here")
        }
        let group = groupName(of: monitor)
        var site = SiteDraft(name: conversion.name(title, group: group, kind: "site"))
        site["url"] = monitor["url"]
        site["group"] = JSON(group)
        site["tags"] = .array(tags(of: monitor).map(JSON.string))
        site["verifyTLS"] = .bool(monitor["ignoreTls"]?.isNothing ?? true)
        if let redirects = monitor["maxredirects"]?.int { site["redirects"] = JSON(min(max(redirects, 0), 20)) }
        var isPaused = monitor["active"].map(\.isNothing) ?? false
        let request = KumaRequest(title: title)
        if request.read(monitor, into: &site, &conversion) { isPaused = true }
        readTimes(monitor, title, &site)
        readExpectation(monitor, title, type, &site)
        if request.noteRest(monitor, &conversion) { isPaused = true }
        site["paused"] = .bool(isPaused)
        conversion.add(site: site.document.escapingVariables)
    }

    private static func reason(leavingOut type: String) -> String {
        switch type {
        case "json-query":
            "Its monitor compares a value within JSON, which is not possible here; add the site with a text that its body must contain (expect.body)"
        case "push": "Is pushed to, while sites here are checked; post its events to /v1/events instead"
        case "ping", "port", "dns", "steam", "gamedig", "docker", "grpc-keyword", "mqtt", "radius", "redis", "mysql",
            "postgres", "sqlserver", "mongodb", "kafka-producer", "tailscale-ping", "real-browser":
            "A monitor of type \(type) is not possible here, only HTTP and HTTPS are; check an HTTP address of the same service"
        default: "The type of its monitor, \(type.isEmpty ? "none" : type), is not known"
        }
    }

    private mutating func tags(of monitor: JSON) -> [String] {
        var tags: [String] = []
        for tag in monitor["tags"]?.array ?? [] {
            guard let name = tag["name"]?.string else { continue }
            let value = tag["value"]?.string ?? ""
            let whole = value.isEmpty ? name : "\(name): \(value)"
            tags.append(String(Printable.text(whole).replacing(",", with: " ").prefix(64)).trimmingSpaces())
        }
        for member in monitor["notificationIDList"]?.members ?? [] where !member.value.isNothing {
            if let tag = channels[member.name] { tags.append(tag) }
        }
        var seen: Set<String> = []
        return tags.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    private func groupName(of monitor: JSON) -> String? {
        var names: [String] = []
        var parent = Self.id(monitor["parent"])
        // Bounded, since a broken backup may hold a circle.
        while let group = groups[parent], names.count < 16 {
            names.insert(group["name"]?.string ?? "group", at: 0)
            parent = Self.id(group["parent"])
        }
        let name = Printable.text(names.joined(separator: " / "), atMost: 99).trimmingSpaces()
        return name.isEmpty ? nil : name
    }

    private mutating func readTimes(_ monitor: JSON, _ title: String, _ site: inout SiteDraft) {
        let interval = min(max(Self.seconds(monitor["interval"]) ?? 60, 1), 30 * 86_400)
        site["interval"] = .string(Duration.milliseconds(Int64(interval * 1_000)).text)
        let wanted = Self.seconds(monitor["timeout"]).flatMap { $0 > 0 ? $0 : nil } ?? interval * 0.8
        let timeout = max(min(wanted, interval, 300), 0.1)
        if timeout < wanted {
            conversion.note(title, "Its timeout is shortened: it is at most the interval, and 5 minutes")
        }
        site["timeout"] = .string(Duration.milliseconds(Int64(timeout * 1_000)).text)
        let retries = monitor["maxretries"]?.int ?? 0
        if retries > 19 { conversion.note(title, "Its retries are cut to 19, the most that there can be") }
        let pause = Self.seconds(monitor["retryInterval"]).flatMap { $0 > 0 ? $0 : nil } ?? interval
        site["confirm"] = [
            "failures": JSON(min(max(retries, 0), 19) + 1),
            "interval": .string(Duration.milliseconds(Int64(min(max(pause, 0.1), 3_600) * 1_000)).text),
        ]
    }

    /// A number of seconds, if it is a sensible one.
    private static func seconds(_ json: JSON?) -> Double? {
        json.flatMap { Double($0.cell) }.flatMap { (0...1e9).contains($0) ? $0 : nil }
    }

    private mutating func readExpectation(_ monitor: JSON, _ title: String, _ type: String, _ site: inout SiteDraft) {
        var expect: [JSON.Member] = []
        let statuses = (monitor["accepted_statuscodes"]?.array ?? []).compactMap(\.string).filter {
            StatusRange($0) != nil
        }
        if !statuses.isEmpty { expect.append(.init("status", .array(statuses.map(JSON.string)))) }
        if type == "keyword", let keyword = monitor["keyword"]?.string, !keyword.isEmpty {
            if monitor["invertKeyword"]?.isNothing ?? true {
                expect.append(.init("body", .string(keyword)))
            } else {
                conversion.note(
                    title,
                    "Was down where its keyword was found; here a text can only be required, so its body is not looked at"
                )
            }
        }
        if type == "http", monitor["expiryNotification"]?.isNothing ?? true {
            expect.append(.init("certificateDays", .null))
        }
        site["expect"] = .object(expect)
    }
}
