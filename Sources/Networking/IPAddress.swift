package import NIOCore

/// An IPv4 or IPv6 address, as a number.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// Reads an address as the standards write it.
    ///
    /// An IPv4 address is four decimal numbers without leading zeros; what else some systems read as one (`127.1`,
    /// `0x7f000001`, `017700000001`) is a name to be resolved here. An IPv6 address has no brackets and no zone.
    package init?(_ text: some StringProtocol) {
        if let address = Self.parseV4(text) {
            self = .v4(address)
        } else if let address = Self.parseV6(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// The address of a socket; nil for one in the file system.
    package init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    /// This address with a port, to connect to.
    package func socketAddress(port: Int) throws -> SocketAddress {
        try SocketAddress(ipAddress: description, port: port)
    }

    /// This address with a port as people write them, such as `[::1]:443`.
    package func text(port: Int) -> String {
        switch self {
        case .v4: "\(self):\(port)"
        case .v6: "[\(self)]:\(port)"
        }
    }
}

extension IPAddress {
    private static func parseV4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 48, let number = UInt8(part)
            else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }

    private static func parseV6(_ text: some StringProtocol) -> UInt128? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, let first = halves.first, let head = groups(in: first, isLast: halves.count == 1)
        else { return nil }
        guard halves.count == 2, let last = halves.last else {
            return head.count == 8 ? head.reduce(0) { $0 << 16 | UInt128($1) } : nil
        }
        guard let tail = groups(in: last, isLast: true), head.count + tail.count <= 7 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - head.count - tail.count)
        return (head + zeros + tail).reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address.
    private static func groups(in text: some StringProtocol, isLast: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, let address = parseV4(part) {
                groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexadecimal),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text (RFC 5952 for IPv6).
    package var description: String {
        switch self {
        case .v4(let address): Self.text(address)
        case .v6(let address): Self.text(address)
        }
    }

    private static func text(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 0xff).\(address >> 8 & 0xff).\(address & 0xff)"
    }

    private static func text(_ address: UInt128) -> String {
        if address >> 32 == 0xffff { return "::ffff:\(text(UInt32(truncatingIfNeeded: address)))" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> UInt128(112 - 16 * $0)) }
        // The first of the longest runs of at least two zero groups is written `::`.
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return joined(groups[...]) }
        return "\(joined(groups[..<longest.lowerBound]))::\(joined(groups[longest.upperBound...]))"
    }
}
