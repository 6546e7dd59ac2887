internal import GRDB
internal import Monitoring
internal import StoredForms

/// Records results within one transaction: each once, with the state, the incidents and the outbox that follow.
struct ResultRecorder {
    let now: Timestamp

    /// Records a batch; throws without having changed anything where the database refuses one of them.
    func record(_ results: [CheckResult], _ db: Database) throws -> [RecordOutcome] {
        var batch = ResultBatch(
            results,
            standings: try standings(of: Set(results.map(\.site)), db),
            calendar: try MaintenanceTerms.calendar(ResultBatch.maintenanceSpan(of: results, now: now), db),
            now: now
        )
        for index in batch.order {
            let result = results[index]
            guard try ResultRecord.insert(result, db) else {
                batch.skip(index, as: .duplicate)
                continue
            }
            if Rollup.mayBeRolledUp(result.slot, at: now) { try markDirty(result, db) }
            guard let site = batch.site(at: index), let outcome = batch.judge(index) else { continue }
            batch.take(try carryOut(outcome, site, db), at: index)
        }
        for (site, state) in batch.changedStates { try SiteStateFields(state).write(of: site, db) }
        return batch.outcomes
    }

    /// All sites of the batch in one query.
    private func standings(of ids: Set<SiteID>, _ db: Database) throws -> [SiteID: ResultBatch.Standing] {
        let sql = """
            SELECT \(SiteFields.columns), \(SiteStateFields.columns) FROM json_each(?) AS wanted
            CROSS JOIN site ON site.id = wanted.value JOIN siteState ON siteState.siteID = site.id
            WHERE site.removedAt IS NULL
            """
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [IDList.text(ids.sorted())]
        )
        var standings: [SiteID: ResultBatch.Standing] = [:]
        while let row = try cursor.next() {
            // The decision needs no header, so none is opened.
            let site = try SiteFields(row: row).site(nil)
            standings[site.id] = ResultBatch.Standing(
                site: site,
                state: try SiteStateFields(row, from: SiteFields.columnCount).state()
            )
        }
        return standings
    }

    private func carryOut(
        _ outcome: IncidentMachine.Outcome,
        _ site: Site,
        _ db: Database
    ) throws -> IncidentMachine.Outcome {
        var outcome = outcome
        switch outcome.incident {
        case .none: break
        case .open(let opening):
            outcome = outcome.filled(incident: try IncidentRecord.open(opening, of: site, db))
        case .close(let id, let endedAt):
            try IncidentRecord.close(id, at: endedAt, db)
        }
        for transition in outcome.transitions { try Outbox.add(transition, db) }
        return outcome
    }

    private func markDirty(_ result: CheckResult, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO rollupDirty (siteID, start) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [result.site.rawValue, Rollup.minute.span(of: result.slot.milliseconds)])
    }
}
