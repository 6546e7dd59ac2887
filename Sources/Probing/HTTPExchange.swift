internal import Monitoring
internal import NIOCore

/// What one request and its answer came to.
struct HTTPExchange: Sendable {
    /// How it ended.
    enum Outcome: Sendable {
        /// The answer was read, as far as the bound goes.
        case answered(HTTPAnswer)
        /// It broke off.
        case failed(CheckFailure.Phase, String)
        /// The deadline passed while this was being done.
        case timedOut(CheckFailure.Phase, during: String)
        /// The caller gave up.
        case cancelled
    }

    var tls: Duration?
    var firstByte: Duration?
    var transfer: Duration?
    var certificate: CertificateSpan?
    var statusCode: Int?
    var bodyStart: String?
    /// When the last byte that counts was read; later than that is our own doing.
    var endedAt: NIODeadline?
    var outcome: Outcome
}

/// An answer, as far as a check needs to know it.
struct HTTPAnswer: Sendable {
    let status: Int
    /// Where a redirect leads.
    let location: String?
    let isKeywordFound: Bool
    /// Whether the body went on beyond what was read.
    let isCut: Bool
}

/// How much of an answer is read.
enum HTTPBounds {
    /// Bytes of a body; what follows is not searched.
    static let body = 1_048_576
    /// Bytes of all header fields together.
    static let headers = 65_536
    /// How many header fields.
    static let headerFields = 256
}
