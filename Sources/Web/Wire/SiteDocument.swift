package import Monitoring
package import Notifications

/// A site as JSON: `{"url": …, "name": …, …}`, as the contract has it.
package enum SiteDocument {
    /// Stands for the value of a header, which is never read back; sent back, it keeps the value that is there.
    package static let hiddenValue = "(hidden)"

    /// What else an answer shows of a site; none of it can be set.
    static let readOnlyFields = [
        "id", "state", "since", "uptime24h", "latest", "revision", "defaults", "createdAt", "updatedAt",
    ]

    /// How a document is read.
    package enum Purpose: Sendable, Equatable {
        /// A new site, or new settings: fields that can't be set are refused.
        case settings
        /// A list that came from somewhere else, or was read here before: fields that can't be set are passed over.
        case importing
    }

    /// Reads a site's settings; what is left out takes its default.
    ///
    /// - Parameters:
    ///   - json: The document.
    ///   - pointer: Where it is in a larger one, such as `/3`; it begins the pointers of the problems.
    ///   - purpose: Whether fields that only answers have are refused or passed over.
    ///   - current: The settings that stand where ``hiddenValue`` is sent back.
    ///   - defaultInterval: The interval of sites that set none, which bounds the timeout.
    /// - Returns: The settings, or all that is wrong.
    package static func settings(
        from json: JSON,
        at pointer: String = "",
        for purpose: Purpose = .settings,
        current: SiteSettings? = nil,
        defaultInterval: Duration = .seconds(60)
    ) -> Result<SiteSettings, FieldProblems> {
        var reader = ObjectReader(json, at: pointer)
        var settings = SiteSettings(url: "")
        let isObject = reader.problems.isEmpty

        settings.url = reader.string("url", SiteRules.url) ?? ""
        if settings.url.isEmpty, isObject, !reader.hasProblem(at: "\(pointer)/url") {
            reader.report("url", "Is needed: the address to check, such as \"https://example.com\".")
        }
        settings.name = reader.string("name", SiteRules.name) ?? settings.url
        readKind(&reader, url: settings.url)
        readRequest(&reader, into: &settings, current: current)
        readTimes(&reader, into: &settings, defaultInterval: defaultInterval)
        readExpectation(&reader, into: &settings)
        settings.redirects = reader.int("redirects", in: 0...20) ?? settings.redirects
        readConfirmation(&reader, into: &settings)
        settings.regions = reader.strings("regions", atMost: 16, SiteRules.region) ?? settings.regions
        if settings.regions.isEmpty { reader.report("regions", "Should name at least one region.") }
        settings.group = reader.string("group") { SiteRules.text($0, atMost: 100) }
        settings.tags = reader.strings("tags", atMost: 32, SiteRules.tag) ?? []
        settings.paused = reader.bool("paused") ?? false
        refuseWhatIsNotBuilt(&reader)
        readReadOnly(&reader, into: &settings, purpose: purpose)

        let problems = reader.finish()
        return problems.isEmpty ? .success(settings) : .failure(FieldProblems(problems))
    }

    /// Reads an array of sites, all or none.
    ///
    /// - Parameters:
    ///   - json: The array, of at most 1,000 sites.
    ///   - purpose: Whether fields that only answers have are refused or passed over.
    ///   - defaultInterval: The interval of sites that set none, which bounds the timeout.
    /// - Returns: The settings in their order, or all that is wrong with any of them.
    package static func list(
        from json: JSON,
        for purpose: Purpose = .settings,
        defaultInterval: Duration = .seconds(60)
    ) -> Result<[SiteSettings], FieldProblems> {
        guard let elements = json.array, (1...maximumCount).contains(elements.count) else {
            let detail = "Should be an array of 1 to \(maximumCount) sites."
            return .failure(FieldProblems([FieldProblem(pointer: "", detail: detail)]))
        }
        var list: [SiteSettings] = []
        var problems: [FieldProblem] = []
        var places: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            switch settings(from: element, at: "/\(index)", for: purpose, defaultInterval: defaultInterval) {
            case .success(let settings):
                if let first = places.updateValue(index, forKey: settings.name) {
                    let detail = "Is the name of element \(first) as well; names are unique."
                    problems.append(FieldProblem(pointer: "/\(index)/name", detail: detail))
                }
                list.append(settings)
            case .failure(let error): problems += error.problems
            }
        }
        return problems.isEmpty ? .success(list) : .failure(FieldProblems(Array(problems.prefix(100))))
    }

    /// The most sites in one request.
    package static let maximumCount = 1_000

    // MARK: Parts

    private static func readKind(_ reader: inout ObjectReader, url: String) {
        _ = reader.string("kind") { kind in
            SiteKind(rawValue: kind) == nil
                ? "There is no kind \"\(kind.prefix(40))\". There is: \(SiteRules.kinds)."
                : nil
        }
    }

    private static func readRequest(
        _ reader: inout ObjectReader,
        into settings: inout SiteSettings,
        current: SiteSettings?
    ) {
        settings.method = reader.string("method", SiteRules.method) ?? settings.method
        if let headers = reader.value("headers") { readHeaders(headers, &reader, into: &settings, current: current) }
        settings.body = reader.string("body") { $0.utf8.count <= 65_536 ? nil : "Should be at most 64 KiB." }
        if settings.body != nil, ["GET", "HEAD"].contains(settings.method) {
            reader.report("body", "A \(settings.method) request has no body; set method to POST, PUT or PATCH.")
        }
        settings.verifyTLS = reader.bool("verifyTLS") ?? true
    }

    private static func readHeaders(
        _ json: JSON,
        _ reader: inout ObjectReader,
        into settings: inout SiteSettings,
        current: SiteSettings?
    ) {
        guard let members = json.members else {
            return reader.report("headers", "Should be an object of names and values, not \(json.kind).")
        }
        guard members.count <= 64 else { return reader.report("headers", "Should have at most 64 headers.") }
        var seen: Set<String> = []
        for member in members {
            let path = "headers/\(member.name.escapedForPointer)"
            if let detail = SiteRules.headerName(member.name) { reader.report(path, detail) }
            if !seen.insert(member.name.lowercased()).inserted { reader.report(path, "Is there twice.") }
            guard let value = member.value.string else {
                reader.report(path, "Should be a string, not \(member.value.kind).")
                continue
            }
            if let detail = SiteRules.headerValue(value) { reader.report(path, detail) }
            guard value == hiddenValue else {
                settings.headers[member.name] = value
                continue
            }
            let known = current?.headers.first { $0.key.lowercased() == member.name.lowercased() }
            if let known {
                settings.headers[member.name] = known.value
            } else {
                reader.report(path, "Is shown in place of a value that is not read back; give the value itself.")
            }
        }
    }

    private static func readTimes(
        _ reader: inout ObjectReader,
        into settings: inout SiteSettings,
        defaultInterval: Duration
    ) {
        settings.interval = reader.duration("interval", in: .seconds(1)...(.seconds(30 * 86_400)))
        settings.timeout = reader.duration("timeout", in: .milliseconds(100)...(.seconds(300)))
        let interval = settings.interval ?? defaultInterval
        if let timeout = settings.timeout, timeout > interval, !reader.hasProblem(named: "interval") {
            reader.report("timeout", "Should be at most the interval, which is \(interval.text).")
        }
    }

    private static func readExpectation(_ reader: inout ObjectReader, into settings: inout SiteSettings) {
        var expect = settings.expect
        reader.object("expect") { reader in
            if let ranges = reader.value("status") {
                expect.status = SiteRules.statuses(ranges, &reader)
            }
            expect.body = reader.string("body") { SiteRules.text($0, atMost: 4_096, isMultiline: true) }
            expect.latency = reader.duration("latency", in: .milliseconds(1)...(.seconds(300)))
            let days = reader.int("certificateDays", in: 0...3_650)
            // Null says that the certificate is not to be announced; only what is missing takes the default.
            expect.certificateDays = reader.has("certificateDays") ? days : expect.certificateDays
        }
        settings.expect = expect
    }

    private static func readConfirmation(_ reader: inout ObjectReader, into settings: inout SiteSettings) {
        var confirm = settings.confirm
        reader.object("confirm") { reader in
            confirm.failures = reader.int("failures", in: 1...20) ?? confirm.failures
            confirm.recoveries = reader.int("recoveries", in: 1...20) ?? confirm.recoveries
            confirm.interval =
                reader.duration("interval", in: .milliseconds(100)...(.seconds(3_600))) ?? confirm.interval
        }
        settings.confirm = confirm
    }

    /// What the contract has room for and no code stands behind yet: accepted where it says nothing, refused otherwise.
    private static func refuseWhatIsNotBuilt(_ reader: inout ObjectReader) {
        if let dependsOn = reader.value("dependsOn"), dependsOn != .array([]) {
            reader.report("dependsOn", "Is not built yet; leave it out.")
        }
        if reader.value("quorum") != nil { reader.report("quorum", "Is not built yet; leave it out.") }
        if reader.has("maintenance") {
            _ = reader.value("maintenance")
            reader.report("maintenance", "Is not said here; maintenance windows are at /v1/maintenance.")
        }
    }

    private static func readReadOnly(
        _ reader: inout ObjectReader,
        into settings: inout SiteSettings,
        purpose: Purpose
    ) {
        guard purpose == .importing else {
            for name in readOnlyFields where reader.has(name) {
                _ = reader.value(name)
                reader.report(name, "Can't be set; leave it out.")
            }
            return
        }
        // A document that was read here names the fields whose values came from the defaults; they go on to follow them.
        let defaults = reader.passOver("defaults")?.array?.compactMap(\.string) ?? []
        if defaults.contains("interval") { settings.interval = nil }
        if defaults.contains("timeout") { settings.timeout = nil }
        for name in readOnlyFields { _ = reader.passOver(name) }
    }
}

extension ObjectReader {
    fileprivate func hasProblem(at pointer: String) -> Bool {
        problems.contains { $0.pointer == pointer }
    }

    fileprivate func hasProblem(named name: String) -> Bool {
        problems.contains { $0.pointer.hasSuffix("/\(name)") }
    }
}
