/// What came of one slot of one site: as many attempts as its confirmation asked for.
package struct CheckResult: Sendable, Equatable {
    package let site: SiteID
    package let region: String
    package let slot: Timestamp
    /// The revision of the settings that were checked.
    package let revision: Int
    /// When the last attempt started.
    package let startedAt: Timestamp
    package let observation: Observation
    /// Attempts within the slot; more than one where a failure was confirmed or refuted.
    package let attempts: Int

    package init(
        site: SiteID,
        region: String,
        slot: Timestamp,
        revision: Int,
        startedAt: Timestamp,
        observation: Observation,
        attempts: Int
    ) {
        self.site = site
        self.region = region
        self.slot = slot
        self.revision = revision
        self.startedAt = startedAt
        self.observation = observation
        self.attempts = attempts
    }
}

/// What one attempt saw.
///
/// A site's failure is an observation, never an error.
package struct Observation: Sendable, Equatable, Codable {
    package var verdict: Verdict
    package var phases: Phases
    package var statusCode: Int?
    /// Why it is not up.
    package var failure: CheckFailure?
    /// When the certificate that the site showed ends.
    package var certificateEndsAt: Timestamp?
    /// The address that was connected to.
    package var address: String?

    package init(
        verdict: Verdict,
        phases: Phases = Phases(),
        statusCode: Int? = nil,
        failure: CheckFailure? = nil,
        certificateEndsAt: Timestamp? = nil,
        address: String? = nil
    ) {
        self.verdict = verdict
        self.phases = phases
        self.statusCode = statusCode
        self.failure = failure
        self.certificateEndsAt = certificateEndsAt
        self.address = address
    }
}

/// The judgement on one attempt or one slot.
package enum Verdict: String, Sendable, Codable, CaseIterable {
    case up
    /// Answers as expected, but slower than `expect.latency`.
    case degraded
    case down
}

/// How long each phase of a check took; nil where it was not reached or there is none.
///
/// After redirects, of the last hop.
package struct Phases: Sendable, Equatable, Codable {
    package var dns: Duration?
    package var connect: Duration?
    package var tls: Duration?
    /// From the sent request to the first byte of the answer.
    package var firstByte: Duration?
    /// From the first byte to the end of the answer.
    package var transfer: Duration?
    /// The whole check, redirects included.
    package var total: Duration?

    package init(
        dns: Duration? = nil,
        connect: Duration? = nil,
        tls: Duration? = nil,
        firstByte: Duration? = nil,
        transfer: Duration? = nil,
        total: Duration? = nil
    ) {
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.transfer = transfer
        self.total = total
    }
}

/// Why a site is not up, with the evidence.
package struct CheckFailure: Sendable, Equatable, Codable {
    /// The part of a check that can fail.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        /// The address guard refused the address.
        case guarded
        case url
        case dns
        case connect
        case tls
        case request
        case response
        case redirect
        case status
        case body
        case latency
    }

    package var phase: Phase
    /// One sentence for people, such as `connection refused by 192.0.2.7:443`.
    package var message: String
    /// The start of the answer's body, at most 1 KiB.
    package var bodyStart: String?

    package init(phase: Phase, message: String, bodyStart: String? = nil) {
        self.phase = phase
        self.message = message
        self.bodyStart = bodyStart
    }
}
