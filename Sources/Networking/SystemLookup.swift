#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Asks `getaddrinfo` for a name's addresses, and blocks until it answers.
@Sendable
func lookUpSystemAddresses(_ host: String) throws(ResolutionError) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    #else
        hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard code == 0 else { throw ResolutionError(host: host, code: code, systemError: errno) }

    var addresses: [IPAddress] = []
    var next = list
    while let entry = next?.pointee {
        if let address = IPAddress(entry), !addresses.contains(address) { addresses.append(address) }
        next = entry.ai_next
    }
    guard !addresses.isEmpty else { throw ResolutionError(.noAddress, host: host) }
    return addresses
}

extension ResolutionError {
    /// What a code of `getaddrinfo` means; `systemError` is looked at only for `EAI_SYSTEM`.
    init(host: String, code: CInt, systemError: CInt) {
        let detail = gai_strerror(code).map { String(cString: $0) } ?? "code \(code)"
        switch code {
        case EAI_NONAME:
            self.init(.noSuchHost, host: host)
        case Self.noData:
            self.init(.noAddress, host: host)
        case EAI_AGAIN:
            self.init(.temporary, host: host, detail: detail)
        case EAI_SYSTEM:
            self.init(.failed, host: host, detail: String(cString: strerror(systemError)))
        default:
            self.init(.failed, host: host, detail: detail)
        }
    }

    /// `EAI_NODATA`, which Glibc shows only to programs that ask for GNU's additions.
    private static var noData: CInt {
        #if os(Linux)
            -5
        #else
            EAI_NODATA
        #endif
    }
}

extension IPAddress {
    fileprivate init?(_ entry: addrinfo) {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = socklen_t(text.count)
        guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, size, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        // A zone follows only a link-local address, which the guard refuses anyway.
        let end = text.firstIndex { $0 == 0 || $0 == CChar(UInt8(ascii: "%")) } ?? text.endIndex
        self.init(String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
