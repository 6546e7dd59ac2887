/// Results, the states and incidents that follow from them, and the outbox.
///
/// Every method may throw ``StoreError``.
package protocol MonitoringStore: Sendable {
    /// Stores results, each once, with all that follows from them, in one transaction.
    ///
    /// (site, region, slot) is unique: a result that is there already changes nothing. A result of an older slot than the
    /// region's newest, of an older revision, or of a paused site is history only. What a result changes is decided by
    /// ``IncidentMachine``. A result that the database refuses is left out and reported, never the whole batch.
    ///
    /// - Returns: What became of each result, in their order.
    func record(_ results: [CheckResult]) async throws -> [RecordOutcome]

    /// Ends slots that get no result, each once, in one transaction.
    ///
    /// A slot that has a result keeps it, and one that was closed before keeps that end; one that is closed takes no result
    /// any more (``RecordOutcome/closed(_:)``). Those that are missed are counted
    /// (``ScheduleStore/missedSlots(region:)``). Of a site that is gone for good nothing is kept.
    ///
    /// - Returns: How each slot has ended, in their order.
    func close(_ slots: [SlotClosing]) async throws -> [SlotEnd]

    /// Transitions that have not been sent, by their numbers; those of one site in the order in which they were committed.
    ///
    /// Where several processes record, one of a smaller number may appear after one of a greater, never for good.
    func outbox(limit: Int) async throws -> [OutboxEntry]

    /// Marks transitions as sent. Their rows stay for an hour.
    func markSent(_ entries: [OutboxEntry]) async throws

    /// Offers again what was sent since a moment, because the broker has lost its last seconds.
    ///
    /// - Returns: How many transitions are offered again.
    func offerAgain(sentSince moment: Timestamp) async throws -> Int

    /// A page of incidents, newest first.
    func incidents(_ query: IncidentQuery) async throws -> [Incident]

    /// The incident, if there is one.
    func incident(_ id: IncidentID) async throws -> Incident?

    /// Records that someone has seen the incident; a second time changes nothing.
    ///
    /// - Throws: `notFound`.
    func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident

    /// A page of a site's raw results, newest first.
    func results(_ query: ResultQuery) async throws -> [StoredResult]

    /// The share of a span in which no incident of the site was open, leaving out its maintenance, and the time that was.
    ///
    /// The span is cut to the site's life.
    func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime

    /// How long a site's checks took over a span, whole and in `buckets` equal parts.
    func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency

    /// How the time of a site's answered checks divides into phases, in `buckets` equal parts of a span.
    ///
    /// Phases are kept with the raw results alone: the span is cut to these and to the site's life.
    func phases(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> PhaseTimes

    /// Rolls finished minutes, hours and days up and deletes what is older than its retention.
    ///
    /// - Returns: The number of rows deleted.
    func maintain(_ retention: Retention) async throws -> Int
}

/// What became of one result.
package enum RecordOutcome: Sendable, Equatable {
    /// Stored; the transitions, if any, are in the outbox.
    case recorded([Transition])
    /// Stored, but too old (by slot or revision) to change state, or the site is paused.
    case history
    /// The slot has its result already.
    case duplicate
    /// The slot has ended without a result: a worker that was stopped and resumed comes too late.
    case closed(SlotEnd)
    /// The site is not registered any more.
    case unknownSite
    /// The database refused this one result; the reason is for the log.
    case refused(String)
}

extension RecordOutcome {
    /// What people are told because of the result.
    package var transitions: [Transition] {
        guard case .recorded(let transitions) = self else { return [] }
        return transitions
    }
}

/// A result that a worker has brought to the database, and what became of it there.
package struct RecordedResult: Sendable, Equatable {
    package let site: Site
    package let result: CheckResult
    package let outcome: RecordOutcome

    package init(site: Site, result: CheckResult, outcome: RecordOutcome) {
        self.site = site
        self.result = result
        self.outcome = outcome
    }
}

/// A transition that waits to become an event.
package struct OutboxEntry: Sendable, Equatable {
    /// Ascending among the transitions of a site.
    package let id: Int64
    /// The id of the event that is made of it, the same for ever: random, so that it is unique in the queue.
    package let eventID: String
    package let transition: Transition

    package init(id: Int64, eventID: String, transition: Transition) {
        self.id = id
        self.eventID = eventID
        self.transition = transition
    }
}

/// Which incidents to list.
package struct IncidentQuery: Sendable, Equatable {
    /// The last id of the page before.
    package var before: IncidentID?
    package var limit: Int
    package var site: SiteID?
    /// True for open ones alone, false for ended ones alone.
    package var isOpen: Bool?

    package init(before: IncidentID? = nil, limit: Int = 100, site: SiteID? = nil, isOpen: Bool? = nil) {
        self.before = before
        self.limit = limit
        self.site = site
        self.isOpen = isOpen
    }
}

/// Which raw results to list.
package struct ResultQuery: Sendable, Equatable {
    package var site: SiteID
    package var from: Timestamp?
    package var to: Timestamp?
    /// The slot of the last result of the page before.
    package var before: Timestamp?
    package var limit: Int

    package init(
        site: SiteID,
        from: Timestamp? = nil,
        to: Timestamp? = nil,
        before: Timestamp? = nil,
        limit: Int = 100
    ) {
        self.site = site
        self.from = from
        self.to = to
        self.before = before
        self.limit = limit
    }
}

/// A result as it is kept.
package struct StoredResult: Sendable, Equatable {
    package let slot: Timestamp
    package let region: String
    package let attempts: Int
    package let observation: Observation

    package init(slot: Timestamp, region: String, attempts: Int, observation: Observation) {
        self.slot = slot
        self.region = region
        self.attempts = attempts
        self.observation = observation
    }
}

/// Availability over a span.
package struct Uptime: Sendable, Equatable {
    package let from: Timestamp
    package let to: Timestamp
    /// Time with an open incident, without what of it was maintenance.
    package let downtime: Duration
    /// Time in maintenance, which counts neither way.
    package let maintenance: Duration
    package let incidents: Int

    package init(
        from: Timestamp,
        to: Timestamp,
        downtime: Duration,
        maintenance: Duration = .zero,
        incidents: Int
    ) {
        self.from = from
        self.to = to
        self.downtime = downtime
        self.maintenance = maintenance
        self.incidents = incidents
    }

    /// 1 − downtime / (span − maintenance); 1 for an empty span.
    package var ratio: Double {
        let span = (to - from - maintenance).milliseconds
        return span <= 0 ? 1 : min(max(1 - Double(downtime.milliseconds) / Double(span), 0), 1)
    }
}

/// Percentiles of the whole duration of checks that were answered.
package struct Latency: Sendable, Equatable {
    /// The percentiles of one span.
    package struct Bucket: Sendable, Equatable {
        package let from: Timestamp
        package let to: Timestamp
        package let count: Int
        package let p50: Duration?
        package let p95: Duration?
        package let p99: Duration?

        package init(from: Timestamp, to: Timestamp, count: Int, p50: Duration?, p95: Duration?, p99: Duration?) {
            self.from = from
            self.to = to
            self.count = count
            self.p50 = p50
            self.p95 = p95
            self.p99 = p99
        }
    }

    package let whole: Bucket
    package let parts: [Bucket]

    package init(whole: Bucket, parts: [Bucket]) {
        self.whole = whole
        self.parts = parts
    }
}

/// The mean of each phase over the checks that were answered; a phase that a check did not have counts as nothing.
package struct PhaseTimes: Sendable, Equatable {
    /// The means of one part of the span.
    package struct Part: Sendable, Equatable {
        /// The answered checks.
        package let count: Int
        package let phases: Phases

        package init(count: Int, phases: Phases) {
            self.count = count
            self.phases = phases
        }
    }

    package let from: Timestamp
    package let to: Timestamp
    /// Of equal length, the oldest first.
    package let parts: [Part]

    package init(from: Timestamp, to: Timestamp, parts: [Part]) {
        self.from = from
        self.to = to
        self.parts = parts
    }
}

/// How long each kind of record is kept.
package struct Retention: Sendable, Equatable {
    package var raw: Duration
    package var minute: Duration
    package var hour: Duration
    package var day: Duration

    package init(
        raw: Duration = .seconds(48 * 3_600),
        minute: Duration = .seconds(30 * 86_400),
        hour: Duration = .seconds(365 * 86_400),
        day: Duration = .seconds(5 * 365 * 86_400)
    ) {
        self.raw = raw
        self.minute = minute
        self.hour = hour
        self.day = day
    }
}
