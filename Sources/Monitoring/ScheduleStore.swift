/// How the due times of sites lie in time.
package enum Schedule: String, Sendable, CaseIterable {
    /// Each site at a phase of its own, a hash of its id over its interval: no spikes, here or at the watched servers.
    case spread
    /// All sites of an interval at its multiples, as one reads it off a clock.
    case burst
}

/// Reads what is due.
///
/// The pusher's only view of the database.
package protocol ScheduleStore: Sendable {
    /// The distinct intervals of the region's sites that are not paused, ascending.
    func intervals(region: String) async throws -> [Duration]

    /// One keyset page of the slots in (`after`, `through`] of sites of one interval, ordered by slot and then by id.
    ///
    /// The span is no longer than the interval, so each site has at most one slot in it.
    func due(_ query: DueQuery) async throws -> [DueSlot]

    /// Records that the slots of an interval in (`after`, `through`] were never pushed, and counts them.
    ///
    /// What an earlier gap covers is not counted again: a leader that died between the gap and its mark is followed by one
    /// that finds the same gap, grown by the time between. Gaps come in the order of their beginnings.
    /// - Returns: The number of slots that were not recorded before, over the sites as they are now.
    /// - Throws: ``StoreError`` `superseded` where a later term has begun.
    func recordGap(_ gap: ScheduleGap, in term: PushTerm) async throws -> Int

    /// The slots of a region that were ever recorded as missed.
    func missedSlots(region: String) async throws -> Int

    /// Those of a page of due slots that have not ended: without a result, not closed, not in a gap.
    ///
    /// Slots from before their site was added were never due, and are left out too.
    func unended(_ slots: [DueSlot], of query: DueQuery) async throws -> [DueSlot]

    /// Records those of a page that have not ended as missed, each by itself, and counts them.
    ///
    /// - Returns: Their number.
    /// - Throws: ``StoreError`` `superseded` where a later term has begun.
    func recordMissed(_ slots: [DueSlot], of query: DueQuery, in term: PushTerm) async throws -> Int

    /// Begins a term of a region: whoever holds an earlier one can write nothing down any more.
    func beginTerm(region: String) async throws -> PushTerm

    /// How far the region's pushers have come, for one that can't rely on the mark; nil where none has begun.
    func progress(region: String) async throws -> PushProgress?

    /// Moves a region's progress on. Neither the settled time nor the horizon ever goes back.
    ///
    /// - Throws: ``StoreError`` `superseded` where a later term has begun.
    func advance(_ progress: PushProgress, region: String, in term: PushTerm) async throws
}

/// What a pusher must hold to write a region's missed slots and progress down.
///
/// A leader that was stopped and does not know that another has followed holds a term that has ended.
package struct PushTerm: Sendable, Equatable {
    /// Grows by one with each term of a region.
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }
}

extension StoreError {
    /// What a write in a term that has ended is refused with.
    package static func termHasEnded(region: String) -> StoreError {
        StoreError(.superseded, "Another pusher has taken the region \(region) over.")
    }
}

/// What the database knows of how far a region's schedule was pushed: enough to account for every slot where the broker
/// has lost its mark, and the stream with it.
package struct PushProgress: Sendable, Equatable {
    /// Of every interval I, all slots up to `settled` − I − I/4 have ended: no job of them is left, or can be pushed.
    package var settled: Timestamp
    /// No later slot was ever pushed.
    package private(set) var horizon: Timestamp
    /// Of every interval I, no slot in (`quietFrom`, `quietUntil` − I − I/4] was ever pushed.
    package private(set) var quietFrom: Timestamp
    /// When the horizon was moved on from `quietFrom`.
    package private(set) var quietUntil: Timestamp

    /// Makes a progress; of one that has just begun, no time is known to have been quiet.
    package init(
        settled: Timestamp,
        horizon: Timestamp,
        quietFrom: Timestamp? = nil,
        quietUntil: Timestamp? = nil
    ) {
        self.settled = settled
        self.horizon = horizon
        self.quietFrom = quietFrom ?? horizon
        self.quietUntil = quietUntil ?? horizon
    }

    /// Moves the horizon on, at a time from which on only slots are pushed that are not too old then.
    ///
    /// Of the spans in which nothing was pushed, the longest is kept that has not ended for good.
    package mutating func extend(to horizon: Timestamp, at now: Timestamp) {
        if quietUntil <= settled || now - self.horizon > quietUntil - quietFrom {
            quietFrom = self.horizon
            quietUntil = max(now, self.horizon)
        }
        self.horizon = max(horizon, self.horizon)
    }
}

/// A place in the order of slots: time first, then the site's id.
package struct SlotCursor: Sendable, Hashable, Comparable, Codable {
    package let slot: Timestamp
    /// 0 stands before every site.
    package let site: SiteID

    package init(slot: Timestamp, site: SiteID) {
        self.slot = slot
        self.site = site
    }

    /// The place after every site of a slot, which closes the span up to it.
    package static func end(of slot: Timestamp) -> Self { Self(slot: slot, site: SiteID(rawValue: .max)) }

    package static func < (left: Self, right: Self) -> Bool {
        (left.slot, left.site) < (right.slot, right.site)
    }
}

/// Which due slots to read.
package struct DueQuery: Sendable, Equatable {
    package var region: String
    package var schedule: Schedule
    package var interval: Duration
    /// Exclusive.
    package var after: SlotCursor
    /// Inclusive.
    package var through: Timestamp
    package var limit: Int

    package init(
        region: String,
        schedule: Schedule,
        interval: Duration,
        after: SlotCursor,
        through: Timestamp,
        limit: Int
    ) {
        self.region = region
        self.schedule = schedule
        self.interval = interval
        self.after = after
        self.through = through
        self.limit = limit
    }
}

/// A site that is due.
package struct DueSlot: Sendable, Equatable {
    package let site: SiteID
    package let url: String
    package let revision: Int
    package let slot: Timestamp

    package init(site: SiteID, url: String, revision: Int, slot: Timestamp) {
        self.site = site
        self.url = url
        self.revision = revision
        self.slot = slot
    }
}

/// Slots of one interval that were never pushed: those with `after` < (slot, site) and slot ≤ `through`.
package struct ScheduleGap: Sendable, Equatable {
    package var region: String
    package var schedule: Schedule
    package var interval: Duration
    package var after: SlotCursor
    package var through: Timestamp

    package init(region: String, schedule: Schedule, interval: Duration, after: SlotCursor, through: Timestamp) {
        self.region = region
        self.schedule = schedule
        self.interval = interval
        self.after = after
        self.through = through
    }
}

/// Where in its interval a site is due under ``Schedule/spread``.
package enum Phase {
    /// The phase of a site: 0 ≤ phase < interval, the same for ever, evenly spread whatever the ids are.
    ///
    /// SplitMix64's finalizer over the id (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    package static func of(_ site: SiteID, interval: Duration) -> Duration {
        var z = UInt64(bitPattern: site.rawValue) &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return .milliseconds(Int64(z % UInt64(max(interval.milliseconds, 1))))
    }
}
