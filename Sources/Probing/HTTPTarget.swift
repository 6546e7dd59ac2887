internal import Foundation
internal import Networking

/// Where one request of a check goes: what is needed of an `http` or `https` URL, and nothing doubtful.
struct HTTPTarget: Sendable, Equatable {
    /// Whether the connection is encrypted.
    let isTLS: Bool
    /// A name in ASCII and lower case, or an address without brackets.
    let host: String
    let port: Int
    /// The path and query as they are sent.
    let uri: String
    /// The URL's own user and password as a header's value.
    let authorization: String?

    /// Reads a URL strictly.
    ///
    /// - Throws: ``HTTPTargetError`` with what is wrong and what would be right.
    init(_ text: String) throws(HTTPTargetError) {
        guard text.utf8.count <= 8_192 else { throw HTTPTargetError("the URL is longer than 8 KiB") }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f && $0 != "\\" }) else {
            throw HTTPTargetError("the URL has a space, a backslash or a control character in it; percent-encode it")
        }
        guard let components = URLComponents(string: text) else { throw HTTPTargetError.malformed }
        try self.init(components)
    }

    /// Where a `Location` leads from here (RFC 9110, 10.2.2).
    ///
    /// - Throws: ``HTTPTargetError`` if that is nowhere a check can go.
    func redirected(to location: String) throws(HTTPTargetError) -> HTTPTarget {
        guard location.utf8.count <= 8_192 else { throw HTTPTargetError("its URL is longer than 8 KiB") }
        guard let base = URL(string: "\(origin)\(uri)"), let url = URL(string: location, relativeTo: base),
            let components = URLComponents(url: url, resolvingAgainstBaseURL: true)
        else { throw HTTPTargetError.malformed }
        let next = try HTTPTarget(components)
        // The user and password of a URL are its origin's, and are not repeated in a redirect within it.
        return next.origin == origin && next.authorization == nil ? next.with(authorization: authorization) : next
    }

    private func with(authorization: String?) -> HTTPTarget {
        HTTPTarget(isTLS: isTLS, host: host, port: port, uri: uri, authorization: authorization)
    }

    private init(isTLS: Bool, host: String, port: Int, uri: String, authorization: String?) {
        self.isTLS = isTLS
        self.host = host
        self.port = port
        self.uri = uri
        self.authorization = authorization
    }

    private init(_ components: URLComponents) throws(HTTPTargetError) {
        switch components.scheme?.lowercased() {
        case "http": isTLS = false
        case "https": isTLS = true
        case let scheme?: throw HTTPTargetError("\(scheme.prefix(20)):// can't be checked; use http:// or https://")
        case nil: throw HTTPTargetError("the URL has no scheme; write it with http:// or https://")
        }
        host = try Self.host(components.encodedHost ?? "")
        port = components.port ?? (isTLS ? 443 : 80)
        guard (1...65_535).contains(port) else { throw HTTPTargetError("port \(port) is not from 1 to 65535") }
        let path = components.percentEncodedPath
        guard path.isEmpty || path.hasPrefix("/") else { throw HTTPTargetError.malformed }
        uri = (path.isEmpty ? "/" : path) + (components.percentEncodedQuery.map { "?\($0)" } ?? "")
        if let user = components.user {
            let pair = Data("\(user):\(components.password ?? "")".utf8)
            authorization = "Basic \(pair.base64EncodedString())"
        } else {
            authorization = nil
        }
    }

    private static func host(_ text: String) throws(HTTPTargetError) -> String {
        guard !text.isEmpty else { throw HTTPTargetError("the URL names no host") }
        if text.hasPrefix("["), text.hasSuffix("]") {
            let literal = text.dropFirst().dropLast()
            guard case .v6? = IPAddress(literal) else {
                throw HTTPTargetError("“\(text.prefix(60))” is not an IPv6 address (zones can't be used)")
            }
            return String(literal)
        }
        // Letters, digits, hyphens, and the underscore that some names have. What looks like a number but isn't an
        // address in the usual form goes to the resolver like any name, and the guard judges what that makes of it.
        let host = text.lowercased()
        let isName = host.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46 || byte == 95
        }
        guard isName, host.utf8.count <= 253, !host.hasPrefix("."), !Self.hasEmptyLabel(host) else {
            throw HTTPTargetError("“\(text.prefix(60))” is not a host name")
        }
        return host
    }

    private static func hasEmptyLabel(_ host: String) -> Bool {
        zip(host.utf8, host.utf8.dropFirst()).contains { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }
    }

    /// The host and, unless it is the scheme's own, the port: the value of `Host`.
    var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return port == (isTLS ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// Scheme, host and port: what credentials belong to.
    var origin: String { "\(isTLS ? "https" : "http")://\(authority)" }

    /// The URL without what may be secret in it.
    var text: String { origin + uri.prefix { $0 != "?" }.prefix(200) }

    /// The name that the certificate must be for; nil where the host is an address.
    var serverName: String? {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return IPAddress(name) == nil ? name : nil
    }
}

/// Why a URL can't be checked.
struct HTTPTargetError: Error, Equatable, CustomStringConvertible {
    let message: String

    init(_ message: String) {
        self.message = message
    }

    static let malformed = HTTPTargetError("the URL is malformed; write one such as https://example.com/path")

    var description: String { message }
}
