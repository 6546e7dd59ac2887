internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Why a server could not be spoken to.
struct ConnectionProblem {
    private let error: any Error
    private let endpoint: ServerEndpoint

    init(_ error: any Error, _ endpoint: ServerEndpoint) {
        self.error = error
        self.endpoint = endpoint
    }

    /// The sentence for people.
    var commandError: CommandError {
        if error is NIOTooManyBytesError {
            return CommandError(
                .failure,
                "The answer of \(endpoint) is too large; ask for less with --limit.",
                cause: error
            )
        }
        switch endpoint {
        case .socket(let path):
            let message =
                number == EACCES || number == EPERM
                ? "This user may not use the socket \(path); run the command as the user that runs `tocsin serve`, or set TOCSIN_URL and TOCSIN_TOKEN."
                : "No Tocsin answers at the socket \(path) (\(reason)); start one here with `tocsin serve`, or name one with --socket, --server or TOCSIN_URL."
            return CommandError(.unavailable, message, cause: error)
        case .url(let url, _):
            return CommandError(
                .unavailable,
                "No Tocsin answers at \(url) (\(reason)); start one with `tocsin serve`, or name another with --server or TOCSIN_URL.",
                cause: error
            )
        }
    }

    private var number: Int32? {
        if let error = error as? IOError { return error.errnoCode }
        guard let error = error as? NIOConnectionError else { return nil }
        return error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
    }

    private var reason: String {
        if let number { return String(cString: strerror(number)).lowercased() }
        if let error = error as? NIOConnectionError, error.dnsAError != nil || error.dnsAAAAError != nil {
            return "the name \(error.host) is not known"
        }
        switch error as? HTTPClientError {
        case .connectTimeout?, .deadlineExceeded?, .readTimeout?: return "no answer in time"
        case .remoteConnectionClosed?: return "it closed the connection"
        case let error?: return error.description
        case nil: return "\(error)"
        }
    }
}

extension ServerEndpoint: CustomStringConvertible {
    /// Where the server is, for a message.
    var description: String {
        switch self {
        case .socket(let path): "the socket \(path)"
        case .url(let url, _): url
        }
    }
}
