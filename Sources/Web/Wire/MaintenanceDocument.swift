internal import Monitoring
internal import Notifications

/// A maintenance window as JSON: `{"title": …, "sites": […], "start": …, "end": …, "rrule": …, "zone": …}`.
enum MaintenanceDocument {
    private static let readOnlyFields = [
        "id", "state", "summary", "upcoming", "revision", "createdAt", "updatedAt",
    ]
    /// How many occurrences an answer names.
    private static let upcomingCount = 3
    private static let day = Duration.seconds(86_400)

    // MARK: Reading

    /// Reads a window's settings.
    ///
    /// - Parameters:
    ///   - json: The document.
    ///   - now: The moment, after which there must be something of it.
    ///   - current: The settings as they are, whose schedule may lie in the past.
    /// - Returns: The settings, or all that is wrong.
    static func settings(
        from json: JSON,
        now: Timestamp,
        current: MaintenanceSettings? = nil
    ) -> Result<MaintenanceSettings, FieldProblems> {
        var reader = ObjectReader(json)
        let isObject = reader.problems.isEmpty
        let title = reader.string("title") { SiteRules.name($0) ?? SiteRules.text($0, atMost: 200) }
        if isObject, !reader.isSet("title") {
            reader.report("title", "Is needed: what is done, such as \"New disks\".")
        }
        let description = reader.string("description") { SiteRules.text($0, atMost: 2_000, isMultiline: true) }
        let scope = readScope(&reader)
        let schedule = readSchedule(&reader, isObject)
        for name in readOnlyFields where reader.has(name) {
            _ = reader.value(name)
            reader.report(name, "Can't be set; leave it out.")
        }
        if reader.problems.isEmpty, let schedule, schedule != current?.schedule {
            check(schedule, now: now, &reader)
        }
        let problems = reader.finish()
        guard problems.isEmpty, let title, let schedule else { return .failure(FieldProblems(problems)) }
        return .success(MaintenanceSettings(title: title, description: description, scope: scope, schedule: schedule))
    }

    private static func readScope(_ reader: inout ObjectReader) -> MaintenanceScope {
        let all = reader.bool("all") ?? false
        let sites =
            reader.strings("sites", atMost: 1_000) { SiteID($0) == nil ? "Is not the id of a site." : nil } ?? []
        let tags = reader.strings("tags", atMost: 32, SiteRules.tag) ?? []
        if reader.problems.isEmpty {
            if !all, sites.isEmpty, tags.isEmpty {
                reader.report("sites", "Name some sites or tags, or set all to true.")
            } else if all, !sites.isEmpty || !tags.isEmpty {
                reader.report("all", "Is for all sites; leave sites and tags out, or all.")
            }
        }
        return MaintenanceScope(all: all, sites: sites.compactMap { SiteID($0) }, tags: tags)
    }

    private static func readSchedule(_ reader: inout ObjectReader, _ isObject: Bool) -> MaintenanceSchedule? {
        let zoneName = reader.string("zone") {
            IANAZone($0) == nil ? "Is no time zone of the IANA database, such as \"Europe/Berlin\" or \"UTC\"." : nil
        }
        let zone = IANAZone(zoneName ?? "UTC")
        let ruleText = reader.string("rrule") { text in
            do throws(RecurrenceRule.Problem) {
                _ = try RecurrenceRule(text)
                return nil
            } catch {
                return error.description
            }
        }
        let start = moment("start", zone, &reader)
        let end = moment("end", zone, &reader)
        let duration = reader.duration("duration", in: .seconds(1)...MaintenanceLimits.duration)
        guard isObject else { return nil }
        if !reader.isSet("start") { reader.report("start", "Is needed, such as \"2027-03-01T22:00:00+01:00\".") }
        if reader.isSet("end"), reader.isSet("duration") {
            reader.report("duration", "Is what start and end say already; leave one of them out.")
        } else if !reader.isSet("end"), !reader.isSet("duration") {
            reader.report("end", "Is needed, or a duration such as \"2h\".")
        }
        guard let zone, let start, let length = duration ?? end.map({ $0 - start }) else { return nil }
        if length <= .zero {
            reader.report("end", "Should be after the start.")
        } else if length > MaintenanceLimits.duration {
            reader.report("end", "Should be at most \(MaintenanceLimits.duration.text) after the start.")
        }
        let rule = ruleText.flatMap { try? RecurrenceRule($0) }
        return MaintenanceSchedule(start: start, duration: length, zone: zone, rule: rule)
    }

    /// A moment, or what the clocks of the zone show then.
    private static func moment(_ name: String, _ zone: IANAZone?, _ reader: inout ObjectReader) -> Timestamp? {
        let text = reader.string(name) { text in
            guard Timestamp(rfc3339: text) == nil, WallTime(text) == nil else { return nil }
            return "Should be a time like 2027-03-01T22:00:00Z, or 2027-03-01T22:00 as the clocks of the zone show it."
        }
        guard let text else { return nil }
        if let moment = Timestamp(rfc3339: text) { return moment }
        guard let wall = WallTime(text), let zone else { return nil }
        let moment = zone.moment(of: wall)
        if zone.wall(at: moment) != wall {
            reader.report(name, "Is skipped by the clocks of \(zone), which are set forward then; take another time.")
        }
        return moment
    }

    private static func check(_ schedule: MaintenanceSchedule, now: Timestamp, _ reader: inout ObjectReader) {
        guard schedule.start > now - day * 366, schedule.start < now + day * 366 * 5 else {
            reader.report("start", "Should be within the last year or the next five.")
            return
        }
        guard schedule.next(1, after: now).isEmpty else { return }
        if schedule.rule == nil {
            reader.report("end", "Has passed; what was down then has been told already.")
        } else {
            reader.report("rrule", "Has no occurrence from now on within ten years.")
        }
    }

    /// The new settings after a JSON merge patch (RFC 7396).
    static func settings(
        of window: MaintenanceWindow,
        patchedWith patch: JSON,
        now: Timestamp
    ) -> Result<MaintenanceSettings, FieldProblems> {
        guard let changes = patch.members else {
            let detail = "Should be an object with the fields to change, not \(patch.kind)."
            return .failure(FieldProblems([FieldProblem(pointer: "", detail: detail)]))
        }
        var current = JSON.object(settingsMembers(of: window.settings))
        // What is set of one replaces the other.
        if changes.contains(where: { $0.name == "end" && $0.value != .null }) {
            current = current.merging(.object([.init("duration", .null)]))
        }
        return settings(from: current.merging(patch), now: now, current: window.settings)
    }

    // MARK: Writing

    static func json(of window: MaintenanceWindow, now: Timestamp) -> JSON {
        let schedule = window.settings.schedule
        let upcoming = window.next(upcomingCount, at: now).map { occurrence in
            JSON.object([
                .init("start", .string(max(occurrence.lowerBound, window.countsFrom).rfc3339)),
                .init("end", .string(occurrence.upperBound.rfc3339)),
            ])
        }
        return .object(
            [.init("id", .string(window.id.description))] + settingsMembers(of: window.settings) + [
                .init("end", .string((schedule.start + schedule.duration).rfc3339)),
                .init("state", .string(window.phase(at: now).rawValue)),
                .init("summary", .string(schedule.sentence)),
                .init("upcoming", .array(upcoming)),
                .init("revision", JSON(window.revision)),
                .init("createdAt", .string(window.createdAt.rfc3339)),
                .init("updatedAt", .string(window.updatedAt.rfc3339)),
            ]
        )
    }

    private static func settingsMembers(of settings: MaintenanceSettings) -> [JSON.Member] {
        [
            .init("title", .string(settings.title)),
            .init("description", JSON(settings.description)),
            .init("all", .bool(settings.scope.all)),
            .init("sites", .array(settings.scope.sites.map { .string($0.description) })),
            .init("tags", .array(settings.scope.tags.map(JSON.string))),
            .init("start", .string(settings.schedule.start.rfc3339)),
            .init("duration", .string(settings.schedule.duration.text)),
            .init("rrule", JSON(settings.schedule.rule?.text)),
            .init("zone", .string(settings.schedule.zone.name)),
        ]
    }
}
