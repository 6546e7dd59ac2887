/// What a user says of a site.
///
/// Only the URL is needed.
package struct SiteSettings: Sendable, Equatable, Codable {
    /// Unique among the sites; the URL where none was given.
    package var name: String
    package var kind: SiteKind
    package var url: String
    package var method: String
    package var headers: [String: String]
    package var body: String?
    package var verifyTLS: Bool
    /// Nil takes the server's default.
    package var interval: Duration?
    /// Nil takes 10 s, or the interval where that is shorter.
    package var timeout: Duration?
    package var expect: Expectation
    /// How many redirects are followed before the check fails.
    package var redirects: Int
    package var confirm: Confirmation
    package var regions: [String]
    package var group: String?
    package var tags: [String]
    package var paused: Bool

    package init(
        name: String? = nil,
        kind: SiteKind = .http,
        url: String,
        method: String = "GET",
        headers: [String: String] = [:],
        body: String? = nil,
        verifyTLS: Bool = true,
        interval: Duration? = nil,
        timeout: Duration? = nil,
        expect: Expectation = Expectation(),
        redirects: Int = 5,
        confirm: Confirmation = Confirmation(),
        regions: [String] = [Region.default],
        group: String? = nil,
        tags: [String] = [],
        paused: Bool = false
    ) {
        self.name = name ?? url
        self.kind = kind
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.verifyTLS = verifyTLS
        self.interval = interval
        self.timeout = timeout
        self.expect = expect
        self.redirects = redirects
        self.confirm = confirm
        self.regions = regions
        self.group = group
        self.tags = tags
        self.paused = paused
    }
}

/// How a site is checked; follows from its URL's scheme.
package enum SiteKind: String, Sendable, Codable, CaseIterable {
    case http
}

/// Names of places that checks are made from.
package enum Region {
    /// The region of a deployment that names none.
    package static let `default` = "default"
}

/// What an answer must be for the site to be up.
package struct Expectation: Sendable, Equatable, Codable {
    /// Accepted statuses.
    package var status: [StatusRange]
    /// Text that the body must contain.
    package var body: String?
    /// A slower answer makes the site degraded.
    package var latency: Duration?
    /// Fewer days left on the certificate than this are announced; nil never announces.
    package var certificateDays: Int?

    package init(
        status: [StatusRange] = [StatusRange(200...299)],
        body: String? = nil,
        latency: Duration? = nil,
        certificateDays: Int? = 14
    ) {
        self.status = status
        self.body = body
        self.latency = latency
        self.certificateDays = certificateDays
    }
}

/// One or a range of HTTP statuses, written `200` or `200-299`.
package struct StatusRange: Sendable, Equatable, Codable, CustomStringConvertible {
    package let codes: ClosedRange<Int>

    package init(_ codes: ClosedRange<Int>) {
        self.codes = codes
    }

    /// Reads `200` or `200-299`; nil for anything else, or outside 100 to 599.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.count == 3 }),
            let first = parts.first.flatMap({ Int($0) }), let last = parts.last.flatMap({ Int($0) }),
            100 <= first, first <= last, last <= 599
        else { return nil }
        self.codes = first...last
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let range = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a status or range of statuses")
        }
        self = range
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        codes.count == 1 ? "\(codes.lowerBound)" : "\(codes.lowerBound)-\(codes.upperBound)"
    }
}

/// How often a verdict must repeat itself before it counts.
package struct Confirmation: Sendable, Equatable, Codable {
    /// Failed attempts in a row that make a site down; 1 or more.
    package var failures: Int
    /// Successful slots in a row that make it up again; 1 or more.
    package var recoveries: Int
    /// The time between a failed attempt and the next within one slot.
    package var interval: Duration

    package init(failures: Int = 2, recoveries: Int = 1, interval: Duration = .seconds(5)) {
        self.failures = failures
        self.recoveries = recoveries
        self.interval = interval
    }
}
