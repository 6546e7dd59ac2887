/// Something that takes bytes from strangers, and what must hold for all of them.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The replies of a Redis server.
    case resp
    /// Events and CloudEvents from clients, and elements of the queue from other programs.
    case events
    /// Lists of sites: the first byte tells the format, the rest is the file.
    case sites

    /// Runs the target over one input.
    ///
    /// - Throws: What did not hold. A trap is a finding as well.
    package func check(_ bytes: [UInt8]) throws {
        switch self {
        case .resp: try RESPProperty.check(bytes)
        case .events: try EventProperty.check(bytes)
        case .sites: try SiteListProperty.check(bytes)
        }
    }

    /// What a fuzzer calls: ends the process where a property does not hold, which is how a fuzzer is told.
    package func run(_ start: UnsafePointer<UInt8>?, count: Int) {
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        do {
            try check(bytes)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
