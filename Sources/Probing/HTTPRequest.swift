internal import Monitoring
internal import NIOCore
internal import NIOHTTP1

/// One request of a check, before it is known where it goes.
struct HTTPRequest: Sendable {
    private(set) var method: HTTPMethod
    private(set) var body: ByteBuffer?
    private var headers: HTTPHeaders
    private let userAgent: String

    /// Takes a site's request.
    ///
    /// - Throws: ``HTTPRequestError`` where it could not be sent as it is.
    init(_ settings: SiteSettings, userAgent: String) throws(HTTPRequestError) {
        guard Self.isToken(settings.method) else {
            throw HTTPRequestError("“\(settings.method.prefix(20))” is not an HTTP method")
        }
        method = HTTPMethod(rawValue: settings.method)
        body = settings.body.map { ByteBuffer(string: $0) }
        headers = HTTPHeaders()
        for (name, value) in settings.headers.sorted(by: { $0.key < $1.key }) {
            guard Self.isToken(name) else {
                throw HTTPRequestError("“\(name.prefix(40))” is not the name of a header field")
            }
            guard value.utf8.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else {
                throw HTTPRequestError("the header field \(name) has a control character or line break in its value")
            }
            // The length of the body is ours to say.
            guard !["content-length", "transfer-encoding"].contains(name.lowercased()) else { continue }
            headers.add(name: name, value: value)
        }
        self.userAgent = userAgent
    }

    /// The head that goes to one target; the site's own fields take the place of ours.
    func head(for target: HTTPTarget) -> HTTPRequestHead {
        var fields: [(String, String)] = []
        func add(_ name: String, _ value: String) {
            if !headers.contains(name: name) { fields.append((name, value)) }
        }
        add("Host", target.authority)
        add("User-Agent", userAgent)
        add("Accept", "*/*")
        add("Connection", "close")
        if let authorization = target.authorization { add("Authorization", authorization) }
        if let body {
            fields.append(("Content-Length", "\(body.readableBytes)"))
        } else if method == .POST || method == .PUT || method == .PATCH {
            fields.append(("Content-Length", "0"))
        }
        var all = HTTPHeaders(fields)
        all.add(contentsOf: headers)
        return HTTPRequestHead(version: .http1_1, method: method, uri: target.uri, headers: all)
    }

    /// This request as it goes on after a redirect (RFC 9110, 15.4).
    func redirected(status: Int, from origin: HTTPTarget, to target: HTTPTarget) -> HTTPRequest {
        var request = self
        if status != 307 && status != 308 && method != .HEAD {
            request.method = .GET
            request.body = nil
            request.headers.remove(name: "Content-Type")
        }
        if origin.origin != target.origin {
            // A site's own header fields may be secrets of any name, so only those that can't be go elsewhere.
            request.headers = HTTPHeaders(
                headers.filter { Self.harmless.contains($0.name.lowercased()) }.map { ($0.name, $0.value) }
            )
        }
        return request
    }

    private static let harmless: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-type", "pragma",
        "user-agent",
    ]

    /// Whether the text is a `token` (RFC 9110, 5.6.2).
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

/// Why a request can't be sent.
struct HTTPRequestError: Error, Equatable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
