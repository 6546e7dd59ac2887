internal import NIOCore

/// The notation of an address range.
enum AddressRangeText {
    /// Passes `10.0.0.0/8`, `fd00::/8` or a single address.
    ///
    /// - Throws: ``TocsinConfiguration/Expected``.
    static func check(_ text: String) throws -> String {
        let expected = TocsinConfiguration.Expected("address ranges, such as 10.0.0.0/8, fd00::/8 or 192.0.2.7")
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = parts.first,
            let parsed = try? SocketAddress(ipAddress: String(address), port: 0)
        else { throw expected }
        let longest = parsed.protocol == .inet6 ? 128 : 32
        guard parts.count == 1 || Int(parts[1]).map({ (0...longest).contains($0) }) == true else { throw expected }
        return text
    }
}
