internal import Foundation
internal import Monitoring
internal import Notifications
internal import Yams

/// Reads a configuration of Gatus.
///
/// Variables stay variables: `$NAME` and `${NAME}` become `${NAME}`, which `tocsin apply` resolves, so that no secret
/// lies in its file. The fields are those of the README of Gatus 5.
struct GatusConfiguration {
    private var conversion = Conversion()
    private var alerting = GatusAlerting()

    /// Makes sites and channels of a configuration.
    ///
    /// - Throws: ``CommandError`` where it is no such configuration.
    static func convert(_ text: String, name: String) throws -> Conversion {
        let configuration: JSON
        do {
            guard let node = try Yams.compose(yaml: markingVariables(text)) else {
                throw ImportProblem(line: nil, "it is empty")
            }
            configuration = restoringVariables(try JSON(yaml: node))
        } catch {
            let reason = (error as? ImportProblem)?.description ?? "not YAML, \(YAMLProblem(error))"
            throw CommandError(.failure, "\(name) is no configuration of Gatus: \(reason).", cause: error)
        }
        guard configuration.members != nil,
            ["endpoints", "external-endpoints", "suites"].contains(where: { configuration[$0]?.array != nil })
        else {
            throw CommandError(
                .failure,
                "\(name) is no configuration of Gatus: it has no list `endpoints`; where the configuration is a folder, import its files one by one."
            )
        }
        var reader = Self()
        reader.read(configuration)
        return reader.conversion
    }

    /// Puts marks in the place of variables and of `$$`.
    ///
    /// Gatus puts values in before it reads the file, so that the braces of a variable never meet its parser, to which
    /// they would mean something else. The marks are characters for private use.
    static func markingVariables(_ text: String) -> String {
        var output = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            output += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                rest = rest.dropFirst()
                output += "\u{E002}"
            } else if rest.first == "{", let end = rest.firstIndex(of: "}") {
                output += "\u{E000}\(rest[..<end].dropFirst())\u{E001}"
                rest = rest[rest.index(after: end)...]
            } else {
                let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                output += name.isEmpty ? "$" : "\u{E000}\(name)\u{E001}"
                rest = rest.dropFirst(name.count)
            }
        }
        return output + rest
    }

    /// Puts variables back, as `tocsin apply` reads them.
    static func restoringVariables(_ json: JSON) -> JSON {
        switch json {
        case .string(let text):
            .string(
                text.replacing("\u{E002}{", with: "$${").replacing("\u{E002}", with: "$")
                    .replacing("\u{E000}", with: "${").replacing("\u{E001}", with: "}")
            )
        case .array(let elements): .array(elements.map(restoringVariables))
        case .object(let members): .object(members.map { JSON.Member($0.name, restoringVariables($0.value)) })
        default: json
        }
    }

    private mutating func read(_ configuration: JSON) {
        alerting.read(configuration["alerting"], &conversion)
        for endpoint in configuration["endpoints"]?.array ?? [] {
            guard endpoint.members != nil else {
                conversion.note("endpoints", "An element is not an object and is left out")
                continue
            }
            let reader = GatusEndpoint(endpoint)
            if let site = reader.site(alerting: &alerting, &conversion) { conversion.add(site: site) }
        }
        for channel in alerting.channels() { conversion.add(channel: channel) }
        for endpoint in configuration["external-endpoints"]?.array ?? [] {
            conversion.note(
                endpoint["name"]?.string ?? "external endpoint",
                "Is pushed to, while sites here are checked; post its events to /v1/events instead"
            )
        }
        for suite in configuration["suites"]?.array ?? [] {
            conversion.note(
                suite["name"]?.string ?? "suite",
                "A suite passes values from one request to the next, which is not possible here; add its endpoints as sites of their own"
            )
        }
        for member in configuration.members ?? [] where !member.value.isNothing {
            note(top: member.name)
        }
    }

    private mutating func note(top name: String) {
        switch name {
        case "alerting", "endpoints", "external-endpoints", "suites": return
        case _ where name.hasPrefix("x-"): return
        case "maintenance":
            conversion.note(
                name,
                "Its window is not carried over; set one up for all sites here"
            )
        case "announcements": conversion.note(name, "Announcements are not carried over; write what still holds anew")
        case "web", "ui", "metrics", "storage", "security", "concurrency", "disable-monitoring-lock", "debug",
            "skip-invalid-config-update", "tunneling", "remote", "connectivity":
            conversion.note(
                name,
                "Says how Gatus itself runs; the settings of `tocsin serve` are in docs/configuration.md"
            )
        default: conversion.note(Printable.text(name, atMost: 60), "Is not known and left out")
        }
    }
}
