/// A row of slots that were never pushed: those behind (`afterSlot`, `afterSite`), up to `through`.
struct Gap: Sendable, Equatable {
    let interval: Int64
    let afterSlot: Int64
    let afterSite: Int64
    let through: Int64

    func contains(_ key: SlotKey) -> Bool {
        (afterSlot, afterSite) < (key.slot, key.site) && key.slot <= through
    }

    /// Which slots of a site it can hold.
    func slots(of site: Int64) -> [Int64] {
        DueSlots(interval: interval, after: afterSlot - 1, through: through).slots(of: site)
            .filter { contains(SlotKey(site: site, slot: $0)) }
    }
}
