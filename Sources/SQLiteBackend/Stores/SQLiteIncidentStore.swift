internal import GRDB
package import Monitoring
internal import StoredForms

/// Incidents of both kinds with their updates, in SQLite.
package struct SQLiteIncidentStore: IncidentStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func open(_ opening: IncidentOpening, by author: Author) async throws -> IncidentReport {
        let now = time.now()
        return try await database.writing { db in
            let incident = ManualIncident(
                id: try ManualIncidentRecord.reserve(db),
                title: opening.title,
                sites: opening.sites,
                startedAt: now,
                openedBy: author.name
            )
            try ManualIncidentRecord.insert(incident, db)
            try IncidentUpdateRecord.insert(opening.message, of: incident.id, at: now, by: author, db)
            try Audit(db: db, now: now, author: author).record("incident.open", incident.id.description)
            return try Self.found(incident.id, db)
        }
    }

    package func add(
        _ message: IncidentMessage,
        to id: IncidentID,
        by author: Author
    ) async throws -> IncidentReport {
        let now = time.now()
        return try await database.writing { db in
            if try Self.found(id, db).check(message) { try ManualIncidentRecord.end(id, at: now, db) }
            try IncidentUpdateRecord.insert(message, of: id, at: now, by: author, db)
            try Audit(db: db, now: now, author: author).record("incident.update", id.description)
            return try Self.found(id, db)
        }
    }

    package func report(_ id: IncidentID) async throws -> IncidentReport? {
        try await database.reading { try Self.find(id, $0) }
    }

    package func reports(_ query: IncidentQuery) async throws -> [IncidentReport] {
        try await database.reading { db in
            let subjects = IncidentReports.newest(
                try IncidentRecord.page(query, db),
                try ManualIncidentRecord.page(query, db),
                limit: query.limit
            )
            return IncidentReports.reports(subjects, try IncidentUpdateRecord.of(subjects.map(\.id), db))
        }
    }

    package func manualIncidents(in span: Range<Timestamp>, limit: Int) async throws -> [ManualIncident] {
        try await database.reading { try ManualIncidentRecord.reaching(into: span, limit: limit, $0) }
    }

    package func updates(of incidents: [IncidentID]) async throws -> [IncidentUpdate] {
        try await database.reading { try IncidentUpdateRecord.of(incidents, $0) }
    }

    private static func find(_ id: IncidentID, _ db: Database) throws -> IncidentReport? {
        let subject: IncidentReport.Subject
        if let incident = try IncidentRecord.find(id, db) {
            subject = .site(incident)
        } else if let incident = try ManualIncidentRecord.find(id, db) {
            subject = .manual(incident)
        } else {
            return nil
        }
        return IncidentReport(subject: subject, updates: try IncidentUpdateRecord.of([id], db))
    }

    private static func found(_ id: IncidentID, _ db: Database) throws -> IncidentReport {
        guard let report = try find(id, db) else { throw IncidentReport.notFound(id) }
        return report
    }
}
