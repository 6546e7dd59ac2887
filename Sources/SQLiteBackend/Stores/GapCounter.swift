internal import GRDB
internal import Monitoring
internal import StoredForms

/// Counts the slots of a gap by the index.
struct GapCounter {
    let db: Database
    let gap: ScheduleGap

    func slots() throws -> Int {
        try gap.terms.reduce(0) { $0 + $1.factor * (try count($1.sites)) }
    }

    private func count(_ sites: GapTerm.Sites) throws -> Int {
        switch sites {
        case .all: try count(ScheduleSQL.countAll, [])
        case .phases(let through): try count(ScheduleSQL.countPhases, [through])
        case .phase(let phase, let after): try count(ScheduleSQL.countPhase, [phase, after])
        case .behind(let site): try count(ScheduleSQL.countSites, [site])
        }
    }

    private func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        let key: StatementArguments = [gap.region, gap.interval.milliseconds]
        return try Int.fetchOne(try db.cachedStatement(sql: sql), arguments: key + arguments) ?? 0
    }
}
