internal import NIOCore
internal import NIOHTTP1

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Says in words for people why an answer could not be read.
struct HTTPFailure {
    let message: String

    init(_ error: any Error, hasArrived: Bool) {
        let place = hasArrived ? "in the middle of its answer" : "without an answer"
        switch error {
        case let error as HTTPParserError:
            message = Self.text(error)
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            message = "the server reset the connection \(place)"
        case let error as IOError:
            message = "the connection broke \(place) (\(String(cString: strerror(error.errnoCode))))"
        case is ChannelError:
            message = "the server closed the connection \(place)"
        default:
            message = "the answer could not be read (\(error))"
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
