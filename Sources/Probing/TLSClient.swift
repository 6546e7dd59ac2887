internal import Foundation
internal import Monitoring
internal import NIOCore
internal import NIOSSL

/// The two ways in which checks speak TLS, made once and shared by all.
struct TLSClient: Sendable {
    private let verifying: NIOSSLContext
    private let trusting: NIOSSLContext

    /// Loads the system's roots.
    ///
    /// - Parameter additionalRoots: Paths of more roots to trust, in PEM.
    /// - Throws: What is wrong with the roots.
    init(additionalRoots: [String]) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        configuration.additionalTrustRoots = additionalRoots.map { .file($0) }
        // A peer that ignores our goodbye must not hold the connection.
        configuration.shutdownTimeout = .seconds(1)
        // What browsers ask for.
        configuration.minimumTLSVersion = .tlsv12
        verifying = try NIOSSLContext(configuration: configuration)
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = .tlsv1
        trusting = try NIOSSLContext(configuration: configuration)
    }

    /// Makes the handler of one connection.
    func handler(serverName: String?, verifies: Bool) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: verifies ? verifying : trusting, serverHostname: serverName)
    }
}

/// The span in which a certificate is good.
struct CertificateSpan: Sendable, Equatable {
    let start: Timestamp
    let end: Timestamp

    init(_ certificate: NIOSSLCertificate) {
        start = Timestamp(milliseconds: Int64(certificate.notValidBefore) * 1_000)
        end = Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1_000)
    }
}

/// Says in words for people why a TLS handshake failed.
struct TLSFailure {
    let message: String

    /// Explains an error.
    ///
    /// - Parameters:
    ///   - error: What the handshake ended with.
    ///   - certificate: That which the server showed, where it came so far.
    ///   - host: Whom we asked for.
    ///   - now: The present moment.
    init(_ error: any Error, certificate: CertificateSpan?, host: String, now: Timestamp) {
        let reasons = Self.reasons(error)
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            message = "the certificate is not for \(host)"
        } else if reasons.contains("CERTIFICATE_VERIFY_FAILED") {
            if let certificate, certificate.end <= now {
                message = "the certificate expired on \(Self.day(certificate.end))"
            } else if let certificate, certificate.start > now {
                message = "the certificate is not valid before \(Self.day(certificate.start))"
            } else {
                message = "the certificate is not trusted: its issuer is unknown, or its chain is incomplete"
            }
        } else if reasons.contains("WRONG_VERSION_NUMBER") || reasons.contains("HTTP_REQUEST") {
            message = "the server does not speak TLS on this port"
        } else if case .handshakeFailed(.sslError(let stack))? = error as? NIOSSLError,
            stack == [.eofDuringHandshake]
        {
            message = "the server closed the connection during the TLS handshake"
        } else if let reason = reasons.first {
            message = "the TLS handshake failed (\(reason.lowercased().replacing("_", with: " ")))"
        } else {
            message = "the TLS handshake failed (\(error))"
        }
    }

    /// BoringSSL's names of what went wrong, such as `CERTIFICATE_VERIFY_FAILED`.
    private static func reasons(_ error: any Error) -> [String] {
        guard case .handshakeFailed(let error)? = error as? NIOSSLError else { return [] }
        let stack: NIOBoringSSLErrorStack
        switch error {
        case .sslError(let errors), .unknownError(let errors): stack = errors
        default: return []
        }
        return stack.compactMap { entry in
            // "Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at file:line"
            entry.description.split(separator: " at ").first?.split(separator: ":").last.map(String.init)
        }
    }

    private static func day(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
            .formatted(.iso8601.year().month().day())
    }
}
