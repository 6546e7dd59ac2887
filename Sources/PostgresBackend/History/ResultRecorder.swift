internal import Monitoring
internal import StoredForms

/// Records results within one transaction: each once, with the state, the incidents and the outbox that follow.
///
/// Several processes may record the same sites. The sites are locked in the order of their numbers, so that one waits for
/// the other and neither for both; what is read of them afterwards is what the other has left.
struct ResultRecorder {
    let now: Timestamp
    let connection: PostgresConnection

    /// Records a batch; throws without having changed anything where the database refuses one of them.
    ///
    /// A result whose slot has ended by another's hand is left out.
    func record(_ results: [CheckResult]) async throws -> [RecordOutcome] {
        // Until the commit, no hour is begun to be rolled up without what is recorded here.
        try await connection.lockShared(.rollupEdge)
        let sites = try await lockSites(Set(results.map(\.site)))
        let keys = results.map { ClosedSlots.Key(site: $0.site, slot: $0.slot, region: $0.region) }
        let closed = try await ClosedSlots(connection: connection).ends(of: keys)
        let open = zip(results, keys).filter { closed[$1] == nil }.map(\.0)
        return BatchRecording.outcomes(ends: keys.map { closed[$0] }, recorded: try await record(open, of: sites))
    }

    private func record(_ results: [CheckResult], of sites: [Int64]) async throws -> [RecordOutcome] {
        var batch = ResultBatch(
            results,
            standings: try await standings(of: sites),
            calendar: try await MaintenanceTerms.calendar(
                ResultBatch.maintenanceSpan(of: results, now: now),
                connection
            ),
            now: now
        )
        let new = try await insert(batch)
        try await markDirty(new.map { results[$0] })

        var rehearsal = batch
        let count = try judge(&rehearsal, new) { IncidentID(rawValue: 0) }.opened.count
        var numbers = try await IncidentFields.reserve(count, connection).makeIterator()
        let changes = try judge(&batch, new) { numbers.next() ?? IncidentID(rawValue: 0) }
        // A site's old incident ends before its next one opens.
        try await IncidentFields.close(changes.closed, connection)
        try await IncidentFields.insert(changes.opened, connection)
        try await Outbox.add(changes.transitions, connection)
        try await SiteStateFields.write(batch.changedStates, connection)
        return batch.outcomes
    }

    // MARK: Sites

    /// Those of the sites that are registered, locked until the commit.
    private func lockSites(_ ids: Set<SiteID>) async throws -> [Int64] {
        try await connection.query(
            "SELECT id FROM site WHERE id = ANY ($1) AND removed_at IS NULL ORDER BY id FOR NO KEY UPDATE",
            [.ints(ids.sorted().map(\.rawValue))]
        ).map { try $0.int("id") }
    }

    /// A statement of its own, so that it sees what was committed while the locks were waited for.
    private func standings(of sites: [Int64]) async throws -> [SiteID: ResultBatch.Standing] {
        let rows = try await connection.query(
            """
            SELECT \(SiteFields.columns), \(SiteStateFields.columns)
            FROM site JOIN site_state ON site_state.site_id = site.id WHERE site.id = ANY ($1)
            """,
            [.ints(sites)]
        )
        var standings: [SiteID: ResultBatch.Standing] = [:]
        for row in rows {
            // The decision needs no header, so none is opened.
            let site = try SiteFields(row).site(nil)
            standings[site.id] = ResultBatch.Standing(site: site, state: try SiteStateFields(row).state())
        }
        return standings
    }

    // MARK: Results

    /// Stores the results and says which of them were not there yet.
    private func insert(_ batch: ResultBatch) async throws -> Set<Int> {
        var places: [ResultFields.Key: Int] = [:]
        var firsts: [CheckResult] = []
        for index in batch.order {
            let result = batch.results[index]
            let key = ResultFields.Key(
                site: result.site.rawValue,
                slot: result.slot.milliseconds,
                region: result.region
            )
            guard places[key] == nil else { continue }
            places[key] = index
            firsts.append(result)
        }
        return Set(try await ResultFields.insert(firsts, connection).compactMap { places[$0] })
    }

    /// Marks the hours whose rolling up may not see these results.
    ///
    /// A mark that is there already is locked, so that it is not taken before the results are there to be seen.
    private func markDirty(_ results: [CheckResult]) async throws {
        guard let oldest = results.map(\.slot.milliseconds).min() else { return }
        let edge = try await RollupProgress.edge(connection)
        guard oldest < edge else { return }
        let hours = Set(
            results.filter { $0.slot.milliseconds < edge }
                .map { Hour(site: $0.site.rawValue, start: Rollup.minute.span(of: $0.slot.milliseconds)) }
        ).sorted { ($0.site, $0.start) < ($1.site, $1.start) }
        try await connection.execute(
            """
            INSERT INTO rollup_dirty (site_id, start) SELECT * FROM unnest($1, $2)
            ON CONFLICT (site_id, start) DO UPDATE SET start = excluded.start
            """,
            [.ints(hours.map(\.site)), .ints(hours.map(\.start))]
        )
    }

    private struct Hour: Hashable {
        let site: Int64
        let start: Int64
    }

    // MARK: What follows

    /// What follows from the results of a batch, beside the sites' states.
    private struct Changes {
        /// Incidents that were open before.
        var closed: [(id: IncidentID, endedAt: Timestamp)] = []
        /// Incidents of this batch, those that it also ended among them.
        var opened: [IncidentFields] = []
        var transitions: [Transition] = []
    }

    private func judge(
        _ batch: inout ResultBatch,
        _ new: Set<Int>,
        _ nextIncident: () -> IncidentID
    ) throws -> Changes {
        var changes = Changes()
        for index in batch.order {
            guard new.contains(index) else {
                batch.skip(index, as: .duplicate)
                continue
            }
            guard let site = batch.site(at: index), var outcome = batch.judge(index) else { continue }
            switch outcome.incident {
            case .none: break
            case .open(let opening):
                var fields = try IncidentFields(opening, of: site)
                let id = nextIncident()
                fields.id = id.rawValue
                changes.opened.append(fields)
                outcome = outcome.filled(incident: id)
            case .close(let id, let endedAt):
                // The site's newest one, where it is of this batch.
                if let place = changes.opened.lastIndex(where: { $0.site == site.id.rawValue && $0.endedAt == nil }) {
                    changes.opened[place].endedAt = endedAt.milliseconds
                } else {
                    changes.closed.append((id, endedAt))
                }
            }
            changes.transitions += outcome.transitions
            batch.take(outcome, at: index)
        }
        return changes
    }
}
