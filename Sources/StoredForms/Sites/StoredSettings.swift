package import Monitoring

/// The settings that have no column of their own, each nil where it is the default.
///
/// Most sites set none, so most rows carry no JSON. The defaults here are those of the schema: should the product's
/// defaults change one day, sites that were stored under these keep them.
package struct StoredSettings: Codable, Equatable {
    var kind: SiteKind?
    var method: String?
    var body: String?
    var verifyTLS: Bool?
    var timeoutMs: Int64?
    var expect: Expectation?
    var redirects: Int?
    var confirm: Confirmation?
    var regions: [String]?
    var group: String?
    var tags: [String]?

    package init() {}

    /// What differs from the defaults.
    package init(_ settings: SiteSettings) {
        kind = settings.kind == .http ? nil : settings.kind
        method = settings.method == "GET" ? nil : settings.method
        body = settings.body
        verifyTLS = settings.verifyTLS ? nil : false
        timeoutMs = settings.timeout?.milliseconds
        expect = settings.expect == Self.expect ? nil : settings.expect
        redirects = settings.redirects == 5 ? nil : settings.redirects
        confirm = settings.confirm == Self.confirm ? nil : settings.confirm
        regions = settings.regions == ["default"] ? nil : settings.regions
        group = settings.group
        tags = settings.tags.isEmpty ? nil : settings.tags
    }

    /// The text of the column; nil where nothing differs.
    package func text() throws -> String? {
        self == StoredSettings() ? nil : try StoredJSON.text(self)
    }

    /// Fills in what the row's own columns don't say.
    package func apply(to settings: inout SiteSettings) {
        settings.kind = kind ?? .http
        settings.method = method ?? "GET"
        settings.body = body
        settings.verifyTLS = verifyTLS ?? true
        settings.timeout = timeoutMs.map { .milliseconds($0) }
        settings.expect = expect ?? Self.expect
        settings.redirects = redirects ?? 5
        settings.confirm = confirm ?? Self.confirm
        settings.regions = regions ?? ["default"]
        settings.group = group
        settings.tags = tags ?? []
    }

    private static let expect = Expectation(
        status: [StatusRange(200...299)],
        body: nil,
        latency: nil,
        certificateDays: 14
    )
    private static let confirm = Confirmation(failures: 2, recoveries: 1, interval: .seconds(5))
}
