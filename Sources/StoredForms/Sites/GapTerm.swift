package import Monitoring

/// What an engine counts among the sites of a gap's region and interval, and how often that goes into the gap's slots.
package struct GapTerm: Sendable, Equatable {
    /// Which sites to count.
    package enum Sites: Sendable, Equatable {
        case all
        /// Those of phases up to this one.
        case phases(through: Int64)
        /// Those of a phase behind a site.
        case phase(Int64, after: Int64)
        /// Those behind a site.
        case behind(Int64)
    }

    package let factor: Int
    package let sites: Sites
}

extension ScheduleGap {
    /// The counts whose sum is the number of the gap's slots, over any number of cycles.
    package var terms: [GapTerm] {
        let interval = interval.milliseconds
        let after = after.slot.milliseconds
        let through = through.milliseconds
        guard interval > 0, through >= after else { return [] }
        let (afterPhase, throughPhase) = (after.modulo(interval), through.modulo(interval))
        let cycles = Int((through - throughPhase - (after - afterPhase)) / interval)
        let whole = cycles == 0 ? [] : [GapTerm(factor: cycles, sites: .all)]
        // A site of phase p has floor((t - p) / interval) slots up to t; those up to `after` are not in the gap, except
        // those at `after` itself of sites behind the cursor.
        switch schedule {
        case .spread:
            return whole + [
                GapTerm(factor: 1, sites: .phases(through: throughPhase)),
                GapTerm(factor: -1, sites: .phases(through: afterPhase)),
                GapTerm(factor: 1, sites: .phase(afterPhase, after: self.after.site.rawValue)),
            ]
        case .burst:
            return afterPhase == 0 ? whole + [GapTerm(factor: 1, sites: .behind(self.after.site.rawValue))] : whole
        }
    }

    /// How the gap goes on from the last one that was recorded before it began.
    ///
    /// - Returns: Where the row begins, and the part of the gap that is new; nil where nothing is.
    package func continuing(
        _ earlier: (after: SlotCursor, through: Timestamp)?
    ) -> (begin: SlotCursor, news: ScheduleGap)? {
        // A gap holds all sites of its last slot, so one that begins within that slot goes on without a hole.
        guard let earlier, earlier.through >= after.slot else { return (after, self) }
        guard earlier.through < through else { return nil }
        var news = self
        news.after = max(after, .end(of: earlier.through))
        return (earlier.after, news)
    }
}
