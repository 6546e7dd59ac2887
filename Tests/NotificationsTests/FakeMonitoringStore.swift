import Monitoring
import Notifications
import Synchronization

/// The outbox and the incidents alone, so that a test can make them fail.
final class FakeMonitoringStore: MonitoringStore {
    private let rows = Mutex<[(entry: OutboxEntry, isSent: Bool)]>([])
    let failsToMark = Mutex(false)

    func add(_ ids: ClosedRange<Int64>) {
        rows.withLock { rows in
            for id in ids {
                let transition = Transition(
                    kind: .down,
                    site: SiteID(rawValue: id),
                    name: "s",
                    url: "https://s.example",
                    at: Timestamp(milliseconds: 1_800_000_000_000)
                )
                rows.append(
                    (
                        OutboxEntry(
                            id: id,
                            eventID: EventID.made(at: SystemTime().now()).rawValue,
                            transition: transition
                        ), false
                    )
                )
            }
        }
    }

    func offerAllAgain() { rows.withLock { rows in for index in rows.indices { rows[index].isSent = false } } }

    func outbox(limit: Int) async throws -> [OutboxEntry] {
        rows.withLock { $0.filter { !$0.isSent }.prefix(limit).map(\.entry) }
    }

    func markSent(_ entries: [OutboxEntry]) async throws {
        if failsToMark.withLock({ $0 }) { throw StoreError(.unavailable, "The database is away.") }
        let ids = Set(entries.map(\.id))
        rows.withLock { rows in
            for index in rows.indices where ids.contains(rows[index].entry.id) { rows[index].isSent = true }
        }
    }

    /// How often something was to be offered again.
    var offers: Int { offerings.withLock { $0 } }
    private let offerings = Mutex(0)

    func offerAgain(sentSince moment: Timestamp) async throws -> Int {
        offerings.withLock { $0 += 1 }
        let count = rows.withLock { $0.count(where: \.isSent) }
        offerAllAgain()
        return count
    }

    /// What ``incident(_:)`` answers with.
    let known = Mutex<[IncidentID: Incident]>([:])

    func incident(_ id: IncidentID) async throws -> Incident? { known.withLock { $0[id] } }

    private var notAsked: StoreError { StoreError(.unusable, "Nobody here asks for this.") }

    func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] { throw notAsked }
    func record(_ results: [CheckResult]) async throws -> [RecordOutcome] { throw notAsked }
    func incidents(_ query: IncidentQuery) async throws -> [Incident] { throw notAsked }
    func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident { throw notAsked }
    func results(_ query: ResultQuery) async throws -> [StoredResult] { throw notAsked }
    func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime { throw notAsked }
    func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        throw notAsked
    }
    func phases(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> PhaseTimes {
        throw notAsked
    }
    func maintain(_ retention: Retention) async throws -> Int { throw notAsked }
}
