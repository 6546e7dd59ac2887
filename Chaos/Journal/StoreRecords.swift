/// What the database holds of the checks, when all has come to rest.
struct StoreRecords: Sendable {
    /// One outage of a site.
    struct Incident: Sendable {
        let id: String
        let hasEnded: Bool
    }

    var gaps: [Gap] = []
    var missed = 0
    var incidents: [Incident] = []
    /// Slots whose jobs wait, where the stream is kept in the database.
    var waiting: Set<SlotKey> = []
}

extension StoreRecords {
    /// Reads a database.
    ///
    /// - Parameters:
    ///   - store: The database.
    ///   - recorded: Told of each slot that has ended there, and how (nil: with a result), since there may be very many.
    /// - Throws: What the database throws.
    init(_ store: StoreReader, recorded: (SlotKey, _ end: String?) -> Void) async throws {
        let names = store.names
        try await store.rows(
            "SELECT \(names.interval), \(names.afterSlot), \(names.afterSite), through FROM gap"
        ) {
            gaps.append(
                Gap(interval: $0.number(0), afterSlot: $0.number(1), afterSite: $0.number(2), through: $0.number(3))
            )
        }
        try await store.rows("SELECT coalesce(sum(slots), 0) FROM missed") { missed = Int($0.number(0)) }
        try await store.rows("SELECT id, \(names.endedAt) IS NOT NULL FROM incident") {
            incidents.append(Incident(id: $0.text(0), hasEnded: ["1", "t"].contains($0.text(1))))
        }
        try await store.rows("SELECT \(names.site), slot FROM result") {
            recorded(SlotKey(site: $0.number(0), slot: $0.number(1)), nil)
        }
        if try await store.has(names.closed) {
            try await store.rows("SELECT \(names.site), slot, ending FROM \(names.closed)") {
                recorded(SlotKey(site: $0.number(0), slot: $0.number(1)), $0.text(2))
            }
        }
        if try await store.has("job") {
            try await store.rows("SELECT websiteID, coalesce(slot, 0) FROM job WHERE worker IS NULL") {
                waiting.insert(SlotKey(site: $0.number(0), slot: $0.number(1)))
            }
        }
    }
}
