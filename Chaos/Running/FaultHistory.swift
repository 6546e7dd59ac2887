internal import Synchronization

/// What was done to whom, and when.
final class FaultHistory: Sendable {
    /// One fault that was carried out.
    struct Record: Sendable {
        let fault: Fault
        /// The process that was hit.
        let member: String
        let from: Int64
        /// When it ran again.
        let until: Int64
        /// The names under which it held things.
        let holders: [String]
    }

    private let state = Mutex<[Record]>([])

    var records: [Record] { state.withLock { $0 } }

    func add(_ record: Record) { state.withLock { $0.append(record) } }

    /// How many faults of a kind hit a target.
    func count(_ kind: Fault.Kind, _ target: Fault.Target) -> Int {
        records.count { $0.fault == Fault(kind: kind, target: target) }
    }

    /// Processes of roles that were killed.
    var kills: Int { records.count { $0.fault.kind == .kill && ![.redis, .postgres].contains($0.fault.target) } }
}
