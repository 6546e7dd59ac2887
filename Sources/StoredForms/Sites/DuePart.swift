package import Monitoring

/// A part of a span of due slots: a range of phases within one cycle of the interval.
package struct DuePart: Sendable, Equatable {
    /// The slot of phase 0, in Unix milliseconds.
    package let cycle: Int64
    /// The place after which the part begins: a phase, and a site within it.
    package let afterPhase: Int64
    package let afterSite: Int64
    /// The last phase of the part.
    package let lastPhase: Int64
}

extension DueQuery {
    /// The parts to read, in order.
    ///
    /// The span is no longer than the interval, so its phases are at most two ranges: from its start to the end of its
    /// cycle, and from the beginning of the next.
    package var parts: [DuePart] {
        let interval = interval.milliseconds
        let after = after.slot.milliseconds
        let through = through.milliseconds
        guard interval > 0, limit > 0, through >= after else { return [] }
        let cycle = after - after.modulo(interval)
        var parts = [
            DuePart(
                cycle: cycle,
                afterPhase: after - cycle,
                afterSite: self.after.site.rawValue,
                lastPhase: min(through - cycle, interval - 1)
            )
        ]
        let next = cycle + interval
        if through >= next {
            parts.append(
                DuePart(cycle: next, afterPhase: -1, afterSite: 0, lastPhase: min(through - next, interval - 1))
            )
        }
        return parts
    }
}
