internal import Monitoring
internal import Notifications

/// The form that adds and edits a site: its fields as text, and the document that they make.
enum SiteForm {
    /// A field's name in the form, and where its problems point in the document.
    private static let pointers: [(field: String, pointer: String)] = [
        ("url", "/url"), ("name", "/name"), ("interval", "/interval"), ("timeout", "/timeout"), ("tags", "/tags"),
        ("group", "/group"), ("method", "/method"), ("headers", "/headers"), ("body", "/body"),
        ("status", "/expect/status"), ("keyword", "/expect/body"), ("latency", "/expect/latency"),
        ("certificateDays", "/expect/certificateDays"), ("redirects", "/redirects"), ("failures", "/confirm/failures"),
        ("recoveries", "/confirm/recoveries"), ("confirmInterval", "/confirm/interval"), ("regions", "/regions"),
        ("verifyTLS", "/verifyTLS"), ("paused", "/paused"),
    ]

    /// What the fields hold of a site, or of a new one.
    static func fields(of site: Site?) -> [String: String] {
        let settings = site?.settings ?? SiteSettings(url: "")
        let headers = settings.headers.keys.sorted().map { "\($0): \(SiteDocument.hiddenValue)" }
        let expect = settings.expect
        let confirm = settings.confirm
        var fields: [String: String] = [
            "url": settings.url,
            "tags": settings.tags.joined(separator: ", "),
            "method": settings.method,
            "headers": headers.joined(separator: "\n"),
            "regions": settings.regions.joined(separator: ", "),
        ]
        // One by one: as a literal the compiler takes minutes over it.
        if settings.name != settings.url { fields["name"] = settings.name }
        fields["interval"] = settings.interval?.text
        fields["timeout"] = settings.timeout?.text
        fields["group"] = settings.group
        fields["body"] = settings.body
        fields["status"] = expect.status.map(\.description).joined(separator: ", ")
        fields["keyword"] = expect.body
        fields["latency"] = expect.latency?.text
        fields["certificateDays"] = expect.certificateDays.map { String($0) }
        fields["redirects"] = String(settings.redirects)
        fields["failures"] = String(confirm.failures)
        fields["recoveries"] = String(confirm.recoveries)
        fields["confirmInterval"] = confirm.interval.text
        if settings.verifyTLS { fields["verifyTLS"] = "on" }
        if settings.paused { fields["paused"] = "on" }
        return fields
    }

    static func fields(of form: Form) -> [String: String] {
        var fields: [String: String] = [:]
        for (field, _) in pointers { fields[field] = form[field] }
        return fields
    }

    /// The document that the fields make; what is empty is left out and takes its default.
    static func document(_ fields: [String: String]) -> JSON {
        func text(_ field: String) -> JSON? { fields[field].flatMap { $0.isEmpty ? nil : .string($0) } }
        func number(_ field: String) -> JSON? {
            // What is no number stays text, so that the problem is told of it.
            guard let text = fields[field], !text.isEmpty else { return nil }
            if let number = Int(text) { return JSON(number) }
            return .string(text)
        }
        func list(_ field: String) -> JSON? {
            let parts = (fields[field] ?? "").commaSeparated
            return parts.isEmpty ? nil : .array(parts.map(JSON.string))
        }
        func object(_ members: [(String, JSON?)]) -> JSON {
            .object(members.compactMap { name, value in value.map { JSON.Member(name, $0) } })
        }
        let expect = object([
            ("status", list("status")), ("body", text("keyword")), ("latency", text("latency")),
            ("certificateDays", number("certificateDays") ?? .null),
        ])
        let confirm = object([
            ("failures", number("failures")), ("recoveries", number("recoveries")),
            ("interval", text("confirmInterval")),
        ])
        let members: [(String, JSON?)] = [
            ("url", text("url")), ("name", text("name")), ("interval", text("interval")), ("timeout", text("timeout")),
            ("tags", list("tags")), ("group", text("group")), ("method", text("method")),
            ("headers", headers(fields["headers"] ?? "")), ("body", text("body")), ("expect", expect),
            ("redirects", number("redirects")), ("confirm", confirm), ("regions", list("regions")),
            ("verifyTLS", JSON.bool(fields["verifyTLS"] != nil)), ("paused", JSON.bool(fields["paused"] != nil)),
        ]
        return object(members)
    }

    /// The form with its values, and what is wrong beside each field.
    static func view(
        _ fields: [String: String],
        problems: [FieldProblem] = [],
        defaultInterval: Duration
    ) -> View {
        var values: View = [:]
        var errors: View = [:]
        var rest = problems
        for (field, pointer) in pointers {
            values[field] = fields[field]
            let own = rest.filter { $0.pointer == pointer || $0.pointer.hasPrefix(pointer + "/") }
            if !own.isEmpty { errors[field] = own.map(\.detail).joined(separator: " ") }
            rest.removeAll { own.contains($0) }
        }
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        let advanced: Set<String> = ["url", "name", "interval", "tags", "paused"]
        return [
            "value": values,
            "error": errors,
            "problems": rest.views,
            "hasProblems": !problems.isEmpty,
            "count": problems.count == 1 ? "One field is wrong" : "\(problems.count) fields are wrong",
            "methods": methods.map { ["name": $0, "isSelected": $0 == fields["method"]] as View },
            "defaultInterval": defaultInterval.text,
            // What is wrong has to be seen, also where it is folded away.
            "opensAdvanced": errors.values.keys.contains { !advanced.contains($0) },
        ]
    }

    private static func headers(_ text: String) -> JSON? {
        let lines = text.filledLines
        guard !lines.isEmpty else { return nil }
        return .object(
            lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return JSON.Member(parts[0].trimmingSpaces, .string(parts.count > 1 ? parts[1].trimmingSpaces : ""))
            }
        )
    }
}
