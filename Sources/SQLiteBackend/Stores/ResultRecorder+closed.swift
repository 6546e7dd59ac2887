internal import GRDB
internal import Monitoring

extension ResultRecorder {
    /// Records a batch without the results whose slots have ended by another's hand.
    func recordOpen(_ results: [CheckResult], _ db: Database) throws -> [RecordOutcome] {
        let ends = try ClosedSlots(db: db).ends(of: results)
        var recorded = try record(zip(results, ends).filter { $1 == nil }.map(\.0), db)[...]
        return ends.map { end in
            if let end { return .closed(end) }
            return recorded.removeFirst()
        }
    }
}
