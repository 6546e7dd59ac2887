/// How a due slot of a site has ended.
///
/// The database decides it, once: whoever comes second finds the end of the first.
package enum SlotEnd: String, Sendable, CaseIterable {
    /// It was checked.
    case result
    /// A worker came to it when the next slot was due already.
    case expired
    /// The site is removed or paused.
    case skipped
    /// Its check killed its workers.
    case buried
    /// It was never pushed, or was lost together with the stream.
    case missed
}

/// A slot that ends without a result.
package struct SlotClosing: Sendable, Equatable {
    package let site: SiteID
    package let region: String
    package let slot: Timestamp
    package let end: SlotEnd

    package init(site: SiteID, region: String, slot: Timestamp, end: SlotEnd) {
        self.site = site
        self.region = region
        self.slot = slot
        self.end = end
    }
}

extension JobEnd {
    /// The end in the stream of a job whose slot has ended so.
    init(_ end: SlotEnd) {
        self =
            switch end {
            case .result: .result
            case .expired, .missed: .expired
            case .skipped: .skipped
            case .buried: .buried
            }
    }

    /// What it says of the slot of a registered site; nil for a job that has none.
    var slotEnd: SlotEnd? {
        switch self {
        case .result: .result
        case .expired: .expired
        case .skipped: .skipped
        case .buried: .buried
        case .unstored: nil
        }
    }
}
