package import Monitoring
package import Notifications

extension SiteDocument {
    /// A site with its standing, as answers show it; the values of headers are hidden.
    package static func json(of overview: SiteOverview) -> JSON {
        let site = overview.site
        var members: [JSON.Member] = [.init("id", .string(site.id.description))]
        members += settingsMembers(of: site.settings, interval: site.interval, timeout: site.timeout, showing: .names)
        members += [
            .init("state", .string(overview.status.rawValue)),
            .init("since", .string(overview.since.rfc3339)),
            .init("uptime24h", overview.uptime24h.map { JSON($0) } ?? .null),
            .init("latest", overview.latest.map(ResultDocument.json) ?? .null),
        ]
        return .object(members + bookkeeping(of: site))
    }

    /// A site without its standing.
    package static func json(of site: Site) -> JSON {
        var members: [JSON.Member] = [.init("id", .string(site.id.description))]
        members += settingsMembers(of: site.settings, interval: site.interval, timeout: site.timeout, showing: .names)
        return .object(members + bookkeeping(of: site))
    }

    /// Settings as answers show them; null where the server's default holds.
    package static func json(of settings: SiteSettings) -> JSON {
        .object(
            settingsMembers(of: settings, interval: settings.interval, timeout: settings.timeout, showing: .names)
        )
    }

    /// The new settings after a JSON merge patch (RFC 7396): a member replaces, a null takes the default, the rest stays.
    ///
    /// - Parameters:
    ///   - site: What is to change.
    ///   - patch: How.
    ///   - defaultInterval: The interval of sites that set none, which bounds the timeout.
    /// - Returns: The settings, or all that is wrong.
    static func settings(
        of site: Site,
        patchedWith patch: JSON,
        defaultInterval: Duration
    ) -> Result<SiteSettings, FieldProblems> {
        guard patch.members != nil else {
            let detail = "Should be an object with the fields to change, not \(patch.kind)."
            return .failure(FieldProblems([FieldProblem(pointer: "", detail: detail)]))
        }
        let whole = site.settings
        let current = JSON.object(
            settingsMembers(of: whole, interval: whole.interval, timeout: whole.timeout, showing: .values)
        )
        // A name that was never given follows the URL.
        var patched = current
        if whole.name == whole.url, patch["name"] == nil { patched = patched.merging(.object([.init("name", .null)])) }
        patched = patched.merging(patch)
        if patch["expect"]?["certificateDays"] == .null {
            patched = patched.setting("expect", "certificateDays", to: .null)
        }
        return settings(from: patched, current: whole, defaultInterval: defaultInterval)
    }

    private enum HeaderValues {
        case names
        case values
    }

    private static func settingsMembers(
        of settings: SiteSettings,
        interval: Duration?,
        timeout: Duration?,
        showing values: HeaderValues
    ) -> [JSON.Member] {
        let headers = settings.headers.sorted { $0.key < $1.key }.map { name, value in
            JSON.Member(name, .string(values == .values ? value : hiddenValue))
        }
        let expect = settings.expect
        return [
            .init("name", .string(settings.name)),
            .init("kind", .string(settings.kind.rawValue)),
            .init("url", .string(settings.url)),
            .init("method", .string(settings.method)),
            .init("headers", .object(headers)),
            .init("body", JSON(settings.body)),
            .init("verifyTLS", .bool(settings.verifyTLS)),
            .init("interval", JSON(interval?.text)),
            .init("timeout", JSON(timeout?.text)),
            .init(
                "expect",
                .object([
                    .init("status", .array(expect.status.map { .string($0.description) })),
                    .init("body", JSON(expect.body)),
                    .init("latency", JSON(expect.latency?.text)),
                    .init("certificateDays", expect.certificateDays.map { JSON($0) } ?? .null),
                ])
            ),
            .init("redirects", JSON(settings.redirects)),
            .init(
                "confirm",
                .object([
                    .init("failures", JSON(settings.confirm.failures)),
                    .init("recoveries", JSON(settings.confirm.recoveries)),
                    .init("interval", .string(settings.confirm.interval.text)),
                ])
            ),
            .init("regions", .array(settings.regions.map(JSON.string))),
            .init("quorum", .null),
            .init("group", JSON(settings.group)),
            .init("dependsOn", .array([])),
            .init("tags", .array(settings.tags.map(JSON.string))),
            .init("paused", .bool(settings.paused)),
        ]
    }

    private static func bookkeeping(of site: Site) -> [JSON.Member] {
        let defaults = [
            site.settings.interval == nil ? "interval" : nil, site.settings.timeout == nil ? "timeout" : nil,
        ]
        return [
            .init("defaults", .array(defaults.compactMap { $0.map(JSON.string) })),
            .init("revision", JSON(site.revision)),
            .init("createdAt", .string(site.createdAt.rfc3339)),
            .init("updatedAt", .string(site.updatedAt.rfc3339)),
        ]
    }
}
