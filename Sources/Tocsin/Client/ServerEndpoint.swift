internal import Foundation

/// Where the running server is that a command talks to.
enum ServerEndpoint: Sendable, Equatable {
    /// On this machine; the file's mode is the authority, so no token is sent.
    case socket(path: String)
    case url(String, token: String?)

    /// Finds the server: what an option names, then `TOCSIN_URL`, then the socket of a server on this machine.
    ///
    /// - Throws: ``CommandError`` of wrong usage.
    init(server: String?, socket: String?, environment: [String: String]) throws {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let token = variable(ClientEnvironment.token)
        if let server {
            self = .url(try Self.checked(server, from: "--server"), token: token)
        } else if let socket {
            self = .socket(path: try Self.checkedSocket(socket))
        } else if let url = variable(ClientEnvironment.url) {
            self = .url(try Self.checked(url, from: ClientEnvironment.url), token: token)
        } else if let socket = variable(Setting.socket.environmentName) {
            self = .socket(path: try Self.checkedSocket(socket))
        } else if let text = variable(Setting.database.environmentName) {
            self = .socket(path: try Self.checkedSocket(try Self.socket(besideDatabase: text)))
        } else {
            self = .socket(path: "tocsin.sock")
        }
    }

    /// The beginning of every URL.
    var base: String {
        switch self {
        case .socket(let path):
            // AsyncHTTPClient takes the socket's path as the host. A relative one stays so: it may be all that fits.
            return "http+unix://\(Self.percentEncoded(path))"
        case .url(let url, _): return url
        }
    }

    /// The token to send, if one is needed.
    var token: String? {
        switch self {
        case .socket: nil
        case .url(_, let token): token
        }
    }

    /// A text as one segment of a URL's path, or as a value in its query.
    static func percentEncoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                output += byte < 0x10 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return output
    }

    private static func checked(_ text: String, from source: String) throws -> String {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty, url.query == nil,
            url.fragment == nil,
            url.user == nil
        else {
            throw CommandError(
                .usage,
                "\(source) must be the URL of a Tocsin server, such as https://tocsin.example.com; it is `\(Printable.text(text, atMost: 200))`."
            )
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func socket(besideDatabase text: String) throws -> String {
        do {
            return try DatabaseLocation(text: text).defaultSocket
        } catch let expected as TocsinConfiguration.Expected {
            throw CommandError(.usage, "\(Setting.database.environmentName) must be \(expected.words).")
        }
    }

    private static func checkedSocket(_ path: String) throws -> String {
        guard path.utf8.count <= ClientEnvironment.longestSocketPath else {
            throw CommandError(
                .usage,
                "The path of the socket is longer than the \(ClientEnvironment.longestSocketPath) bytes that a socket's name may have; give it relative to this folder, or use --server."
            )
        }
        return path
    }
}
