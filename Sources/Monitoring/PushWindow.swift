/// The decisions of one tick of the pusher: which slots to read next, which are missed, and where the mark goes.
///
/// A window covers the slots in (`from`, `through`] of every interval, shortest first. Of an interval I only slots younger
/// than I are pushed; there is one of them for each site. The older ones are missed.
///
/// Where the mark can't be relied on, `doubt` holds what the database knows: slots up to its horizon may have been pushed
/// before, except in its quiet time, and are looked at one by one.
struct PushWindow: Sendable, Equatable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        /// These slots have become too old: write that down, then call ``missed(_:)``.
        case recordGap(ScheduleGap)
        /// Read a page, then call ``read(_:size:)``.
        case read(interval: Duration, after: SlotCursor)
        /// Read a page of slots that are too old to be pushed now but may have been pushed before, write down which of them
        /// are missed, then call ``sifted(_:through:limit:)``.
        case sift(interval: Duration, after: SlotCursor, through: Timestamp)
        /// All is dealt with; the mark is complete.
        case done
    }

    let region: String
    let schedule: Schedule
    let from: Timestamp
    let through: Timestamp
    private(set) var count: Int
    let doubt: PushProgress?
    /// Those still to be done, shortest first.
    private var intervals: ArraySlice<Duration>
    /// How far the first of `intervals` has come.
    private var cursor: SlotCursor

    /// Goes on from a mark, or from what is known where there is none, or begins.
    ///
    /// Nil where nothing can have become due since the mark.
    init?(
        after mark: Mark?,
        doubt: PushProgress?,
        now: Timestamp,
        tick: Duration,
        region: String,
        schedule: Schedule,
        intervals: [Duration]
    ) {
        self.region = region
        self.schedule = schedule
        self.doubt = doubt
        if mark == nil, let doubt {
            // The mark is lost. Each interval begins where its slots may not have ended (`place`).
            from = Self.oldestPushed(of: intervals.last ?? .zero, at: min(doubt.settled, now))
            through = now
            count = 0
            self.intervals = intervals[...]
            cursor = .end(of: from)
            return
        }
        guard let mark, mark.through <= now + tick else {
            // There is no mark yet, or the clock was ahead when it was set: begin at the present, with nothing due.
            from = now
            through = now
            count = 0
            self.intervals = []
            cursor = .end(of: now)
            return
        }
        if let position = mark.position {
            from = mark.from
            through = mark.through
            count = mark.count
            self.intervals = intervals.filter { $0 >= position.interval }[...]
            // An interval that is gone from the database has nothing left to push.
            cursor = self.intervals.first == position.interval ? position.cursor : .end(of: mark.from)
        } else {
            guard mark.through < now else { return nil }
            from = mark.through
            through = now
            count = 0
            self.intervals = intervals[...]
            cursor = .end(of: mark.through)
        }
    }

    /// What is to be done at a moment.
    func next(now: Timestamp) -> Step {
        guard let interval = intervals.first else { return .done }
        let stale = min(now - interval, through)
        let place = place(in: interval)
        guard place < .end(of: stale), now - interval - slack(interval, after: place) >= place.slot else {
            return .read(interval: interval, after: place)
        }
        var last = stale
        if let doubt, place < .end(of: min(stale, doubt.horizon)) {
            let quietUntil = Self.oldestPushed(of: interval, at: doubt.quietUntil)
            guard place >= .end(of: doubt.quietFrom), place < .end(of: quietUntil) else {
                // A span is shorter than the interval, so that each site has at most one slot in it.
                last = min(place.slot + interval - .milliseconds(1), stale, doubt.horizon)
                if place < .end(of: doubt.quietFrom) { last = min(last, doubt.quietFrom) }
                return .sift(interval: interval, after: place, through: last)
            }
            last = min(stale, quietUntil)
        }
        return .recordGap(
            ScheduleGap(region: region, schedule: schedule, interval: interval, after: place, through: last)
        )
    }

    /// How far an interval has come; what is known to have ended is passed over.
    private func place(in interval: Duration) -> SlotCursor {
        guard let doubt else { return cursor }
        return max(cursor, .end(of: min(Self.oldestPushed(of: interval, at: doubt.settled), through)))
    }

    /// Only slots behind this are pushed at a moment or later.
    private static func oldestPushed(of interval: Duration, at moment: Timestamp) -> Timestamp {
        moment - interval - maxSlack(interval)
    }

    private static func maxSlack(_ interval: Duration) -> Duration { interval / 4 }

    /// How much too old a slot may be and still be pushed, where each site has no more than one in what is left.
    ///
    /// Writing a gap down takes time, in which a little more becomes too old: were that the next gap, and so on, the gaps
    /// would follow the clock through the whole window, and nothing of it would be pushed.
    private func slack(_ interval: Duration, after place: SlotCursor) -> Duration {
        through - place.slot <= interval ? Self.maxSlack(interval) : .zero
    }

    /// Goes on behind slots that are recorded as missed.
    mutating func missed(_ gap: ScheduleGap) {
        cursor = .end(of: gap.through)
        if gap.through >= through { finishInterval() }
    }

    /// Goes on behind a page of a sift, which was read up to `through` with this limit.
    mutating func sifted(_ page: [DueSlot], through: Timestamp, limit: Int) {
        if page.count >= limit, let last = page.last {
            cursor = SlotCursor(slot: last.slot, site: last.site)
        } else {
            cursor = .end(of: through)
            if through >= self.through { finishInterval() }
        }
    }

    /// Takes a page that was read with a limit of one more than its size, which tells whether another follows.
    ///
    /// - Returns: The slots to push, at most `size`; the mark to push them with is ``mark`` afterwards.
    mutating func read(_ slots: [DueSlot], size: Int) -> ArraySlice<DueSlot> {
        let page = slots.prefix(size)
        count += page.count
        if slots.count > size, let last = page.last {
            cursor = SlotCursor(slot: last.slot, site: last.site)
        } else {
            finishInterval()
        }
        return page
    }

    /// Where the schedule stands after what was done so far.
    var mark: Mark {
        Mark(
            from: from,
            through: through,
            position: intervals.first.map { Mark.Position(interval: $0, cursor: cursor) },
            count: count
        )
    }

    private mutating func finishInterval() {
        intervals = intervals.dropFirst()
        cursor = .end(of: from)
    }
}
