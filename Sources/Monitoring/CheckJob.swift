/// One check that is due: a site, and the slot that it is due for.
///
/// A foreign producer of the stream gives ``websiteID`` and ``url`` alone.
package struct CheckJob: Sendable, Equatable {
    /// The text in the stream; a site of ours where it reads as a ``SiteID``.
    package let websiteID: String
    package let url: String
    /// The moment that the check is due at; nil takes the time of the stream's entry.
    package let slot: Timestamp?
    /// The revision of the site's settings; nil takes the current one.
    package let revision: Int?

    package init(websiteID: String, url: String, slot: Timestamp?, revision: Int?) {
        self.websiteID = websiteID
        self.url = url
        self.slot = slot
        self.revision = revision
    }

    /// The registered site that this may be of.
    package var siteID: SiteID? { SiteID(websiteID) }
}

/// A job in the hands of one worker, until the worker ends it or its lease runs out.
package struct HeldJob: Sendable, Equatable, Identifiable {
    /// Workers that may die with a job in hand before it runs alone, with nothing beside it.
    ///
    /// From then on a death counts only while it runs alone, so that only a job that kills by itself comes to the fourth.
    package static let crashesToIsolate = 2
    /// Deaths after which a job is buried.
    package static let crashesToBury = 4

    /// The entry's id in the stream, unique there.
    package let id: String
    package let job: CheckJob
    /// The slot: the job's own, or the time at which a foreign producer's entry was added.
    package let slot: Timestamp
    /// How many workers died with this job in hand.
    package let crashes: Int

    package init(id: String, job: CheckJob, slot: Timestamp, crashes: Int) {
        self.id = id
        self.job = job
        self.slot = slot
        self.crashes = crashes
    }
}

/// The ways in which a job leaves the stream by a worker's hand.
package enum JobEnd: String, Sendable, CaseIterable {
    /// Its result is in the database.
    case result
    /// It was older than its site's interval when a worker came to it.
    case expired
    /// Its site is removed or paused.
    case skipped
    /// It alone killed its worker, again and again.
    case buried
    /// A foreign producer's: checked, but of no site of ours, so not stored.
    case unstored
}
