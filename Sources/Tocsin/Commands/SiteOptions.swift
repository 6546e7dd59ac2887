internal import ArgumentParser
internal import Notifications

/// What can be said of a site; each option is a field of its document.
struct SiteOptions: ParsableArguments {
    @Option(help: "A unique name; the URL by default.")
    var name: String?

    @Option(help: "How often it is checked: 30s, 5m, …; the server's --interval by default.")
    var interval: String?

    @Option(help: "How long one attempt may take (default: 10s).")
    var timeout: String?

    @Option(name: .customLong("tag"), help: "A tag; give it again for more.")
    var tags: [String] = []

    @Option(help: "The method of the request (default: GET).")
    var method: String?

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A header of the request; give it again for more.", valueName: "NAME: VALUE")
    )
    var headers: [String] = []

    @Option(help: "The body of the request.")
    var body: String?

    @Option(help: "Statuses that are right, such as 200-299; give it again for more.")
    var expectStatus: [String] = []

    @Option(help: "Text that the answer must contain.")
    var expectBody: String?

    @Option(help: "An answer slower than this makes the site degraded.")
    var expectLatency: String?

    @Option(help: "Tell when the certificate ends in fewer days than this (default: 14).")
    var certificateDays: Int?

    @Option(help: "How many redirects are followed (default: 5).")
    var redirects: Int?

    @Option(help: "Failed attempts in a row that make it down (default: 2).")
    var confirmFailures: Int?

    @Option(help: "Successful checks in a row that make it up again (default: 1).")
    var confirmRecoveries: Int?

    @Option(help: "The time between a failed attempt and the next (default: 5s).")
    var confirmInterval: String?

    @Option(name: .customLong("region"), help: "A place to check from; give it again for more.")
    var regions: [String] = []

    @Option(help: "The group that it is shown in.")
    var group: String?

    @Flag(inversion: .prefixedNo, help: "Whether its certificate must be valid (default: it must).")
    var verifyTLS: Bool?

    /// The fields that were given.
    func members() throws -> [JSON.Member] {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: JSON?) {
            if let value { members.append(JSON.Member(name, value)) }
        }
        add("name", name.map(JSON.string))
        add("method", method.map(JSON.string))
        if !headers.isEmpty { add("headers", .object(try headers.map(Self.header))) }
        add("body", body.map(JSON.string))
        add("verifyTLS", verifyTLS.map(JSON.bool))
        add("interval", interval.map(JSON.string))
        add("timeout", timeout.map(JSON.string))
        let expect = object([
            ("status", expectStatus.isEmpty ? nil : .array(expectStatus.map(JSON.string))),
            ("body", expectBody.map(JSON.string)), ("latency", expectLatency.map(JSON.string)),
            ("certificateDays", certificateDays.map { JSON($0) }),
        ])
        add("expect", expect)
        add("redirects", redirects.map { JSON($0) })
        let confirm = object([
            ("failures", confirmFailures.map { JSON($0) }), ("recoveries", confirmRecoveries.map { JSON($0) }),
            ("interval", confirmInterval.map(JSON.string)),
        ])
        add("confirm", confirm)
        if !regions.isEmpty { add("regions", .array(regions.map(JSON.string))) }
        add("group", group.map(JSON.string))
        if !tags.isEmpty { add("tags", .array(tags.map(JSON.string))) }
        return members
    }

    private func object(_ fields: [(String, JSON?)]) -> JSON? {
        let members = fields.compactMap { name, value in value.map { JSON.Member(name, $0) } }
        return members.isEmpty ? nil : .object(members)
    }

    private static func header(_ text: String) throws -> JSON.Member {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
            throw CommandError(.usage, "--header needs a name and a value, such as --header \"Accept: text/html\".")
        }
        return JSON.Member(text[..<colon].trimmingSpaces(), .string(text[text.index(after: colon)...].trimmingSpaces()))
    }
}
