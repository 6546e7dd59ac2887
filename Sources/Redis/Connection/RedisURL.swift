/// The parts of a `redis://` or `rediss://` URL.
///
/// What it throws says what is wrong without repeating the text, which may hold a password.
struct RedisURL: Equatable {
    var usesTLS: Bool
    var user: String?
    var password: String?
    var host: String
    var port: Int
    var database: Int
    /// The file of the CA to trust, from `?ca=PATH`.
    var caFile: String?

    init(_ text: String) throws(RedisError) {
        guard let schemeEnd = text.firstRange(of: "://") else { throw Self.wrong("it has no scheme") }
        switch text[..<schemeEnd.lowerBound].lowercased() {
        case "redis": usesTLS = false
        case "rediss": usesTLS = true
        default: throw Self.wrong("its scheme is neither redis nor rediss")
        }
        var rest = text[schemeEnd.upperBound...]
        if rest.contains("#") { throw Self.wrong("a # must be written as %23") }

        caFile = nil
        if let mark = rest.firstIndex(of: "?") {
            let query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
            for item in query.split(separator: "&") {
                let parts = item.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0] == "ca" else { throw Self.wrong("the only query item is ca=PATH") }
                caFile = try Self.decoded(parts[1])
            }
        }
        if caFile != nil, !usesTLS { throw Self.wrong("ca=PATH needs rediss://") }

        database = 0
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            rest = rest[..<slash]
            if !path.isEmpty {
                guard path.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(path) else {
                    throw Self.wrong("what follows the / is not a database number")
                }
                database = number
            }
        }

        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
            guard credentials.count == 2 else {
                throw Self.wrong("what stands before the @ is not user:password (or :password)")
            }
            user = credentials[0].isEmpty ? nil : try Self.decoded(credentials[0])
            password = try Self.decoded(credentials[1])
        } else {
            user = nil
            password = nil
        }
        (host, port) = try Self.hostAndPort(rest)
    }

    private static func hostAndPort(_ text: Substring) throws(RedisError) -> (String, Int) {
        var host = text
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw wrong("its [ has no ]") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") {
                portText = rest.dropFirst()
            } else if !rest.isEmpty {
                throw wrong("only :PORT may follow the ]")
            }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw wrong("it has no host") }
        guard let portText else { return (try decoded(host), 6379) }
        guard portText.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(portText), (1...65535).contains(port)
        else { throw wrong("its port is not a number from 1 to 65535") }
        return (try decoded(host), port)
    }

    private static func decoded(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let digits = String(rest.prefix(2)), let decoded = UInt8(digits, radix: 16) else {
                throw wrong("a % is not followed by two hexadecimal digits (write % itself as %25)")
            }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw wrong("a percent-encoded part is not UTF-8")
        }
        return result
    }

    private static func wrong(_ what: String) -> RedisError {
        RedisError(
            .configuration,
            "The Redis URL is wrong: \(what). It looks like redis://user:password@host:6379/0, or rediss:// for TLS."
        )
    }
}
