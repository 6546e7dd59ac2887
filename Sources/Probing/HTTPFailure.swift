internal import NIOCore
internal import NIOHTTP1

/// Says in words for people why an answer could not be read.
struct HTTPFailure {
    let message: String

    init(_ error: any Error, hasArrived: Bool) {
        switch error {
        case let error as HTTPParserError: message = Self.text(error)
        case let error as IOError: message = "the connection broke (\(error.reason))"
        case let error as ChannelError where error == .inputClosed || error == .outputClosed || error == .alreadyClosed:
            message =
                "the server closed the connection \(hasArrived ? "in the middle of its answer" : "without an answer")"
        default: message = "the answer could not be read (\(error))"
        }
    }

    private static func text(_ error: HTTPParserError) -> String {
        switch error {
        case .headerOverflow: "the answer's header is larger than \(HTTPBounds.headers / 1_024) KiB"
        case .invalidEOFState, .closedConnection: "the server closed the connection in the middle of its answer"
        case .invalidChunkSize: "the answer has a malformed chunk"
        case .invalidContentLength, .unexpectedContentLength: "the answer has a malformed Content-Length"
        case .invalidHeaderToken: "the answer has a malformed header"
        case .invalidStatus: "the answer has a malformed status"
        case .invalidConstant, .invalidVersion: "the answer is not HTTP/1.1"
        default: "the answer is not proper HTTP/1.1 (\(error))"
        }
    }
}

extension IOError {
    /// What the system says of the error.
    fileprivate var reason: String { localizedReason ?? "errno \(errnoCode)" }

    private var localizedReason: String? {
        description.split(separator: ": ").last.map(String.init)
    }
}
