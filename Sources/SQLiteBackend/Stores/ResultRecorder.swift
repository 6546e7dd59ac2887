internal import GRDB
internal import Monitoring

/// Records results within one transaction: each once, with the state, the incidents and the outbox that follow.
struct ResultRecorder {
    let now: Timestamp

    /// A slot that is farther ahead is no difference between clocks; it would make history of all results up to it.
    private static let farthestAhead = Duration.seconds(86_400)

    private struct Standing {
        let site: Site
        var state: SiteState
        var isChanged = false
    }

    /// Records a batch; throws without having changed anything where the database refuses one of them.
    func record(_ results: [CheckResult], _ db: Database) throws -> [RecordOutcome] {
        var standings = try standings(of: Set(results.map(\.site)), db)
        var outcomes = [RecordOutcome](repeating: .unknownSite, count: results.count)
        // A batch holds the results of many workers' slots in the order in which they ended; state follows the slots' order.
        let order = results.indices.sorted { left, right in
            let (left, right) = (results[left], results[right])
            return (left.slot, left.site, left.region) < (right.slot, right.site, right.region)
        }
        for index in order {
            let result = results[index]
            guard var standing = standings[result.site] else { continue }
            guard result.slot <= now + Self.farthestAhead else {
                outcomes[index] = .refused("Its slot is more than a day ahead; check the clocks, or its producer.")
                continue
            }
            guard try ResultRecord.insert(result, db) else {
                outcomes[index] = .duplicate
                continue
            }
            if Rollup.mayBeRolledUp(result.slot, at: now) { try markDirty(result, db) }
            guard let outcome = IncidentMachine.apply(result, to: standing.state, of: standing.site) else {
                outcomes[index] = .history
                continue
            }
            let filled = try carryOut(outcome, standing.site, db)
            standing.state = filled.state
            standing.isChanged = true
            standings[result.site] = standing
            outcomes[index] = .recorded(filled.transitions)
        }
        for (id, standing) in standings where standing.isChanged {
            try SiteStateRecord.write(standing.state, of: id, db)
        }
        return outcomes
    }

    /// All sites of the batch in one query.
    private func standings(of ids: Set<SiteID>, _ db: Database) throws -> [SiteID: Standing] {
        let sql = """
            SELECT \(SiteRecord.columns), \(SiteStateRecord.columns) FROM json_each(?) AS wanted
            CROSS JOIN site ON site.id = wanted.value JOIN siteState ON siteState.siteID = site.id
            WHERE site.removedAt IS NULL
            """
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [IDList.text(ids.sorted())]
        )
        var standings: [SiteID: Standing] = [:]
        while let row = try cursor.next() {
            // The decision needs no header, so none is opened.
            let site = try SiteRecord(row: row).site(nil)
            standings[site.id] = Standing(
                site: site,
                state: try SiteStateRecord.state(row, from: SiteRecord.columnCount)
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
