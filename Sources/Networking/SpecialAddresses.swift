/// What the registries of special-purpose addresses (RFC 6890 and its successors) say of an address.
enum AddressKind: String, Sendable {
    case metadata
    case linkLocal
    case multicast
    case broadcast
    case reserved
    case unspecified
    case loopback
    case privateRange
    /// Documentation, benchmarking, discarding: leads nowhere on a public network.
    case special
    case global

    /// The kind of an address, taken as it is: what is embedded in it is not looked at.
    init(_ address: IPAddress) {
        self = Self.table.first { $0.block.contains(address) }?.kind ?? Self.otherwise(address)
    }

    /// What such an address is, with its article.
    var name: String {
        switch self {
        case .metadata: "a cloud metadata address"
        case .linkLocal: "a link-local address"
        case .multicast: "a multicast address"
        case .broadcast: "the broadcast address"
        case .reserved: "a reserved address"
        case .unspecified: "an address of “this network”"
        case .loopback: "a loopback address"
        case .privateRange: "a private address"
        case .special: "a special-purpose address"
        case .global: "a public address"
        }
    }

    private static func otherwise(_ address: IPAddress) -> AddressKind {
        switch address {
        case .v4: return .global
        // Global unicast IPv6 is 2000::/3; the rest is not assigned.
        case .v6(let number): return number >> 125 == 1 ? .global : .reserved
        }
    }

    /// In order: the first block that holds an address decides.
    private static let table: [(block: CIDR, kind: AddressKind)] = [
        // AWS, Azure, Google, DigitalOcean and others; Alibaba; Oracle; Azure's host agent.
        (.v4(169, 254, 169, 254, 32), .metadata),
        (.v4(100, 100, 100, 200, 32), .metadata),
        (.v4(192, 0, 0, 192, 32), .metadata),
        (.v4(168, 63, 129, 16, 32), .metadata),
        // AWS; Google; Oracle; Scaleway.
        (.v6(0xfd00_0ec2_0000_0000, 0, 32), .metadata),
        (.v6(0xfd20_00ce_0000_0000, 0x254, 128), .metadata),
        (.v6(0xfd00_00c1_0000_0000, 0xa9fe_a9fe, 128), .metadata),
        (.v6(0xfd00_0042_0000_0000, 0x42, 128), .metadata),

        (.v4(169, 254, 0, 0, 16), .linkLocal),
        (.v4(255, 255, 255, 255, 32), .broadcast),
        (.v4(224, 0, 0, 0, 4), .multicast),
        (.v4(240, 0, 0, 0, 4), .reserved),
        (.v4(0, 0, 0, 0, 8), .unspecified),
        (.v4(127, 0, 0, 0, 8), .loopback),
        (.v4(10, 0, 0, 0, 8), .privateRange),
        (.v4(172, 16, 0, 0, 12), .privateRange),
        (.v4(192, 168, 0, 0, 16), .privateRange),
        (.v4(100, 64, 0, 0, 10), .privateRange),
        (.v4(192, 0, 0, 0, 24), .special),
        (.v4(192, 0, 2, 0, 24), .special),
        (.v4(198, 51, 100, 0, 24), .special),
        (.v4(203, 0, 113, 0, 24), .special),
        (.v4(198, 18, 0, 0, 15), .special),
        (.v4(192, 88, 99, 0, 24), .special),

        (.v6(0xfe80_0000_0000_0000, 0, 10), .linkLocal),
        (.v6(0xff00_0000_0000_0000, 0, 8), .multicast),
        (.v6(0, 0, 128), .unspecified),
        (.v6(0, 1, 128), .loopback),
        (.v6(0xfc00_0000_0000_0000, 0, 7), .privateRange),
        (.v6(0xfec0_0000_0000_0000, 0, 10), .privateRange),
        (.v6(0x0100_0000_0000_0000, 0, 64), .special),
        (.v6(0x2001_0002_0000_0000, 0, 48), .special),
        (.v6(0x2001_0db8_0000_0000, 0, 32), .special),
        (.v6(0x3fff_0000_0000_0000, 0, 20), .special),
    ]
}

extension IPAddress {
    /// The IPv4 addresses that a packet to this IPv6 address may end at, through a translator, a tunnel or the kernel.
    var embedded: [IPAddress] {
        guard case .v6(let address) = self else { return [] }
        let high = UInt64(truncatingIfNeeded: address >> 64)
        let low = UInt64(truncatingIfNeeded: address)
        let tail = UInt32(truncatingIfNeeded: low)
        var found: [UInt32] = []
        if high == 0 && low >> 32 == 0xffff {
            found = [tail]  // IPv4-mapped, ::ffff:0:0/96
        } else if high == 0 && low >> 32 == 0xffff_0000 {
            found = [tail]  // IPv4-translated, ::ffff:0:0:0/96
        } else if high == 0 && low >> 32 == 0 && low > 1 {
            found = [tail]  // IPv4-compatible, ::/96
        } else if high == 0x0064_ff9b_0000_0000 && low >> 32 == 0 {
            found = [tail]  // NAT64's well-known prefix, 64:ff9b::/96
        } else if high >> 16 == 0x0064_ff9b_0001 {
            // NAT64 within a network, 64:ff9b:1::/48: its prefix may be /48, /56, /64 or /96 (RFC 6052), and we can't
            // see which, so all must pass.
            found = [
                UInt32(truncatingIfNeeded: high & 0xffff) << 16 | UInt32(truncatingIfNeeded: low >> 40 & 0xffff),
                UInt32(truncatingIfNeeded: high & 0xff) << 24 | UInt32(truncatingIfNeeded: low >> 32 & 0xff_ffff),
                UInt32(truncatingIfNeeded: low >> 24),
                tail,
            ]
        } else if high >> 48 == 0x2002 {
            found = [UInt32(truncatingIfNeeded: high >> 16)]  // 6to4
        } else if high >> 32 == 0x2001_0000 {
            found = [UInt32(truncatingIfNeeded: high), ~tail]  // Teredo: its server, its client
        } else if low >> 32 & 0xfcff_ffff == 0x0000_5efe {
            found = [tail]  // ISATAP
        }
        return found.map { .v4($0) }
    }

    /// Whether this address only stands for the IPv4 address in it.
    var isTranslated: Bool {
        guard case .v6(let address) = self else { return false }
        let high = UInt64(truncatingIfNeeded: address >> 64)
        return !embedded.isEmpty
            && (high == 0 || high >> 32 == 0x0064_ff9b || high >> 48 == 0x2002 || high >> 32 == 0x2001_0000)
    }
}

extension CIDR {
    fileprivate static func v4(
        _ first: UInt32,
        _ second: UInt32,
        _ third: UInt32,
        _ fourth: UInt32,
        _ prefix: Int
    )
        -> CIDR
    {
        CIDR(.v4(first << 24 | second << 16 | third << 8 | fourth), prefix)
    }

    fileprivate static func v6(_ high: UInt64, _ low: UInt64, _ prefix: Int) -> CIDR {
        CIDR(.v6(UInt128(high) << 64 | UInt128(low)), prefix)
    }
}
