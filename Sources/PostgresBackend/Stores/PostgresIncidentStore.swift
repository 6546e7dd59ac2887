package import Monitoring
internal import StoredForms

/// Incidents of both kinds with their updates, in PostgreSQL.
package struct PostgresIncidentStore: IncidentStore {
    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func open(_ opening: IncidentOpening, by author: Author) async throws -> IncidentReport {
        let now = time.now()
        return try await database.write { connection in
            guard let id = try await IncidentFields.reserve(1, connection).first else {
                throw StoreError(.unusable, "The database gave no number for an incident.")
            }
            let incident = ManualIncident(
                id: id,
                title: opening.title,
                sites: opening.sites,
                startedAt: now,
                openedBy: author.name
            )
            try await ManualIncidentFields.insert(incident, connection)
            try await IncidentUpdateFields.insert(opening.message, of: id, at: now, by: author, connection)
            try await Audit(connection: connection, now: now, author: author).record("incident.open", [id])
            return try await Self.found(id, connection)
        }
    }

    package func add(
        _ message: IncidentMessage,
        to id: IncidentID,
        by author: Author
    ) async throws -> IncidentReport {
        let now = time.now()
        return try await database.write { connection in
            if try await Self.found(id, connection, lock: true).check(message) {
                try await ManualIncidentFields.end(id, at: now, connection)
            }
            try await IncidentUpdateFields.insert(message, of: id, at: now, by: author, connection)
            try await Audit(connection: connection, now: now, author: author).record("incident.update", [id])
            return try await Self.found(id, connection)
        }
    }

    package func report(_ id: IncidentID) async throws -> IncidentReport? {
        try await database.snapshot { try await Self.find(id, $0) }
    }

    package func reports(_ query: IncidentQuery) async throws -> [IncidentReport] {
        try await database.snapshot { connection in
            let subjects = IncidentReports.newest(
                try await IncidentFields.page(query, connection),
                try await ManualIncidentFields.page(query, connection),
                limit: query.limit
            )
            let updates = try await IncidentUpdateFields.of(subjects.map(\.id), connection)
            return IncidentReports.reports(subjects, updates)
        }
    }

    package func manualIncidents(in span: Range<Timestamp>, limit: Int) async throws -> [ManualIncident] {
        try await database.read { try await ManualIncidentFields.reaching(into: span, limit: limit, $0) }
    }

    package func updates(of incidents: [IncidentID]) async throws -> [IncidentUpdate] {
        try await database.read { try await IncidentUpdateFields.of(incidents, $0) }
    }

    private static func find(
        _ id: IncidentID,
        _ connection: PostgresConnection,
        lock: Bool = false
    ) async throws -> IncidentReport? {
        let subject: IncidentReport.Subject
        if let incident = try await IncidentFields.find(id, connection, lock: lock) {
            subject = .site(incident)
        } else if let incident = try await ManualIncidentFields.find(id, connection, lock: lock) {
            subject = .manual(incident)
        } else {
            return nil
        }
        return IncidentReport(subject: subject, updates: try await IncidentUpdateFields.of([id], connection))
    }

    private static func found(
        _ id: IncidentID,
        _ connection: PostgresConnection,
        lock: Bool = false
    ) async throws -> IncidentReport {
        guard let report = try await find(id, connection, lock: lock) else { throw IncidentReport.notFound(id) }
        return report
    }
}
