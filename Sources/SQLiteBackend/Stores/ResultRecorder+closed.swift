internal import GRDB
internal import Monitoring
internal import StoredForms

extension ResultRecorder {
    /// Records a batch without the results whose slots have ended by another's hand.
    func recordOpen(_ results: [CheckResult], _ db: Database) throws -> [RecordOutcome] {
        let ends = try ClosedSlots(db: db).ends(of: results)
        let open = zip(results, ends).filter { $1 == nil }.map(\.0)
        return BatchRecording.outcomes(ends: ends, recorded: try record(open, db))
    }
}
