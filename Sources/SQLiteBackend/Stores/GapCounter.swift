internal import GRDB
internal import Monitoring

/// Counts the slots of a gap by the index, over any number of cycles.
struct GapCounter {
    let db: Database
    let gap: ScheduleGap

    func slots() throws -> Int {
        let interval = gap.interval.milliseconds
        let after = gap.after.slot.milliseconds
        let through = gap.through.milliseconds
        guard interval > 0, through >= after else { return 0 }
        let (afterPhase, throughPhase) = (after.modulo(interval), through.modulo(interval))
        let cycles = Int((through - throughPhase - (after - afterPhase)) / interval)
        let whole = cycles == 0 ? 0 : cycles * (try count(ScheduleSQL.countAll, []))
        // A site of phase p has floor((t - p) / interval) slots up to t; those up to `after` are not in the gap, except
        // those at `after` itself of sites behind the cursor.
        switch gap.schedule {
        case .spread:
            return whole + (try count(ScheduleSQL.countPhases, [throughPhase]))
                - (try count(ScheduleSQL.countPhases, [afterPhase]))
                + (try count(ScheduleSQL.countPhase, [afterPhase, gap.after.site.rawValue]))
        case .burst:
            return whole + (afterPhase == 0 ? try count(ScheduleSQL.countSites, [gap.after.site.rawValue]) : 0)
        }
    }

    private func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        let key: StatementArguments = [gap.region, gap.interval.milliseconds]
        return try Int.fetchOne(try db.cachedStatement(sql: sql), arguments: key + arguments) ?? 0
    }
}
