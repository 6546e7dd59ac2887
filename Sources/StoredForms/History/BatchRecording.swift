package import Monitoring

/// What every engine does with a batch of results around its own transaction.
package enum BatchRecording {
    /// Records a batch; where the database refuses it, halves of it, down to the one that it refuses.
    ///
    /// - Parameters:
    ///   - results: The batch.
    ///   - isOneToBlame: Whether one result of several may be to blame for an error, rather than the database.
    ///   - record: Records a part in a transaction, whole or not at all.
    /// - Returns: What became of each result, in their order.
    /// - Throws: What `record` throws where no single result is to blame.
    package static func halving(
        _ results: [CheckResult],
        where isOneToBlame: (StoreError) -> Bool,
        record: ([CheckResult]) async throws -> [RecordOutcome]
    ) async throws -> [RecordOutcome] {
        guard !results.isEmpty else { return [] }
        var outcomes: [RecordOutcome] = []
        outcomes.reserveCapacity(results.count)
        // The parts that are still to be recorded, the next one last.
        var parts = [results[...]]
        while let part = parts.popLast() {
            do {
                outcomes += try await record(Array(part))
            } catch let error as StoreError where isOneToBlame(error) {
                if part.count == 1 {
                    outcomes.append(.refused(error.message))
                } else {
                    let middle = part.startIndex + part.count / 2
                    parts.append(part[middle...])
                    parts.append(part[..<middle])
                }
            }
        }
        return outcomes
    }

    /// What became of each result of a batch, of which those were recorded whose slot had no end.
    package static func outcomes(ends: [SlotEnd?], recorded: [RecordOutcome]) -> [RecordOutcome] {
        var recorded = recorded[...]
        return ends.map { end in
            if let end { return .closed(end) }
            return recorded.removeFirst()
        }
    }
}

extension SlotEnd {
    /// Reads an end as a database keeps it.
    package init(stored: String) throws(StoreError) {
        guard let end = SlotEnd(rawValue: stored) else {
            throw StoreError(.unusable, "A slot in the database has the unknown end \(stored); update this tocsin.")
        }
        self = end
    }
}
