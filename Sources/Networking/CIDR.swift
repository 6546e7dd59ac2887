/// A block of addresses, written `10.0.0.0/8`, `fd00::/8`, or as one address.
package struct CIDR: Sendable, Hashable, CustomStringConvertible {
    /// The first address of the block.
    package let base: IPAddress
    /// How many leading bits all addresses of the block share.
    package let prefix: Int

    /// Reads a block.
    ///
    /// - Throws: ``CIDRError`` with what is wrong and what would be right.
    package init(_ text: String) throws(CIDRError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else {
            throw CIDRError("“\(text)” is not an address block; write one such as 10.0.0.0/8, fd00::/8 or 192.0.2.7")
        }
        let width = address.width
        var prefix = width
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(parts[1]), number <= width
            else {
                throw CIDRError("“\(text)” needs a prefix length from 0 to \(width) after the slash")
            }
            prefix = number
        }
        let base = address.masked(prefix)
        guard base == address else {
            throw CIDRError("“\(text)” has bits set beyond its prefix; did you mean \(base)/\(prefix)?")
        }
        self.base = base
        self.prefix = prefix
    }

    /// A block that is known to be well formed: bits beyond the prefix are cleared.
    init(_ address: IPAddress, _ prefix: Int) {
        base = address.masked(prefix)
        self.prefix = prefix
    }

    /// Whether the address is in this block; never for an address of the other family.
    package func contains(_ address: IPAddress) -> Bool { address.masked(prefix) == base }

    package var description: String { prefix == base.width ? "\(base)" : "\(base)/\(prefix)" }
}

/// Text that is not a block of addresses.
package struct CIDRError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence that says what is wrong and what would be right.
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

extension IPAddress {
    /// How many bits an address of this family has.
    var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The address with all but its first `prefix` bits cleared.
    func masked(_ prefix: Int) -> IPAddress {
        // Swift's smart shifts give 0 where the whole width is shifted out.
        switch self {
        case .v4(let address): .v4(address & ~(UInt32.max >> UInt32(min(prefix, 32))))
        case .v6(let address): .v6(address & ~(UInt128.max >> UInt128(min(prefix, 128))))
        }
    }
}
