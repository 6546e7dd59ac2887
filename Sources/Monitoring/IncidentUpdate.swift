/// What people are told of how an incident goes.
package struct IncidentUpdate: Sendable, Equatable, Identifiable {
    /// How far those who work on it are.
    package enum Status: String, Sendable, CaseIterable {
        case investigating
        case identified
        case monitoring
        case resolved
    }

    package let id: Identifier<IncidentUpdate>
    package let incident: IncidentID
    package let at: Timestamp
    package let status: Status
    package let message: String
    /// Who wrote it, which the public is not told.
    package let author: String

    package init(
        id: Identifier<IncidentUpdate>,
        incident: IncidentID,
        at: Timestamp,
        status: Status,
        message: String,
        author: String
    ) {
        self.id = id
        self.incident = incident
        self.at = at
        self.status = status
        self.message = message
        self.author = author
    }
}
