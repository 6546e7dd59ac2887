/// Incidents of both kinds with what people say of them: those of sites, which checks begin and end, and those that people
/// open.
///
/// Every method may throw ``StoreError``; a change that throws has changed nothing. Each change is recorded with its author.
package protocol IncidentStore: Sendable {
    /// Opens an incident with its first update.
    func open(_ opening: IncidentOpening, by author: Author) async throws -> IncidentReport

    /// Adds an update; `resolved` ends an incident that a person opened.
    ///
    /// - Throws: `notFound`; `conflict` where ``IncidentReport/check(_:)`` refuses the update.
    func add(_ message: IncidentMessage, to id: IncidentID, by author: Author) async throws -> IncidentReport

    /// The incident with its updates, if there is one.
    func report(_ id: IncidentID) async throws -> IncidentReport?

    /// A page of incidents with their updates, newest first, in a constant number of queries.
    func reports(_ query: IncidentQuery) async throws -> [IncidentReport]

    /// The incidents opened by people that reach into a span, newest first, at most so many.
    func manualIncidents(in span: Range<Timestamp>, limit: Int) async throws -> [ManualIncident]

    /// The updates of some incidents, in the order in which they were written.
    func updates(of incidents: [IncidentID]) async throws -> [IncidentUpdate]
}

/// Bounds that keep an incident readable.
package enum IncidentLimits {
    /// Updates of one incident.
    package static let updates = 100
}

/// What an update says.
package struct IncidentMessage: Sendable, Equatable {
    package let status: IncidentUpdate.Status
    package let text: String

    package init(status: IncidentUpdate.Status, text: String) {
        self.status = status
        self.text = text
    }
}

/// What a person says of an incident that is to be opened.
package struct IncidentOpening: Sendable, Equatable {
    package let title: String
    package let sites: [SiteID]
    package let message: IncidentMessage

    package init(title: String, sites: [SiteID], message: IncidentMessage) {
        self.title = title
        self.sites = sites
        self.message = message
    }
}

/// An incident with what people have been told of it.
package struct IncidentReport: Sendable, Equatable {
    /// What began it, and so what ends it.
    package enum Subject: Sendable, Equatable {
        /// Begun and ended by the checks of a site.
        case site(Incident)
        case manual(ManualIncident)

        package var id: IncidentID {
            switch self {
            case .site(let incident): incident.id
            case .manual(let incident): incident.id
            }
        }
    }

    package let subject: Subject
    /// In the order in which they were written.
    package let updates: [IncidentUpdate]

    package init(subject: Subject, updates: [IncidentUpdate]) {
        self.subject = subject
        self.updates = updates
    }

    package var id: IncidentID { subject.id }

    package var startedAt: Timestamp {
        switch subject {
        case .site(let incident): incident.startedAt
        case .manual(let incident): incident.startedAt
        }
    }

    /// Nil while it is open.
    package var endedAt: Timestamp? {
        switch subject {
        case .site(let incident): incident.endedAt
        case .manual(let incident): incident.endedAt
        }
    }

    /// Whether an update can end it.
    private var isEndable: Bool { if case .manual = subject { endedAt == nil } else { false } }

    /// Decides whether an update can be added.
    ///
    /// - Returns: Whether it ends the incident.
    /// - Throws: `conflict` where the incident's state forbids it.
    package func check(_ message: IncidentMessage) throws(StoreError) -> Bool {
        // What can end it is not refused, or it would go on for ever.
        guard updates.count < IncidentLimits.updates || (message.status == .resolved && isEndable) else {
            throw StoreError(
                .conflict,
                "The incident \(id) has \(updates.count) updates, which is the most; one that people opened can still be "
                    + "resolved. Open another for what is new."
            )
        }
        if endedAt != nil {
            guard message.status == .resolved else {
                throw StoreError(
                    .conflict,
                    "The incident \(id) has ended, so that an update of it can only be resolved; open another for what is new."
                )
            }
            return false
        }
        guard message.status == .resolved else { return false }
        guard case .manual = subject else {
            throw StoreError(
                .conflict,
                "The incident \(id) is that of a site, and is ended by the site's checks alone; use monitoring until then."
            )
        }
        return true
    }

    /// What is thrown of an incident that is not there.
    package static func notFound(_ id: IncidentID) -> StoreError {
        StoreError(.notFound, "There is no incident \(id).")
    }
}
