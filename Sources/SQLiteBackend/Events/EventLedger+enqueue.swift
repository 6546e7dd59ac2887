internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// Adds events with the idempotency key that stands for them, all or none.
    func enqueue(_ request: EnqueueRequest) throws -> EnqueueOutcome {
        if let key = request.key, let answer = try answer(to: key) { return answer }

        var fresh: [EnqueueRequest.Element] = []
        var known: [EventID] = []
        var hashes: [EventID: String?] = [:]
        for element in request.elements {
            if let earlier = hashes[element.id] {
                guard earlier == element.ownHash else { return .mismatch }
                continue
            }
            hashes[element.id] = element.ownHash
            guard let record = try record(element.id) else {
                fresh.append(element)
                continue
            }
            // An id of ours that is known is the same request, made again because its answer was lost.
            guard element.ownHash == nil || element.ownHash == record.hash else { return .mismatch }
            if element.ownHash != nil { known.append(element.id) }
        }
        guard try fresh.isEmpty || counter("waiting") + fresh.count <= bounds.maxLength else { return .full }

        // What is offered again must be known for as long as it may be offered once more.
        for id in known {
            try run(
                "UPDATE eventRecords SET expiresAt = ? WHERE id = ? AND expiresAt < ?1",
                [(now + Self.longMemory).milliseconds, id.rawValue]
            )
        }
        for element in fresh {
            try append(element.body)
            try insert(element.id, state: .queued, hash: element.ownHash, isOwnID: element.ownHash != nil)
        }
        let ids = request.elements.map(\.id)
        if let key = request.key { try keep(key, ids: ids) }
        return fresh.isEmpty && !ids.isEmpty ? .replayed(ids) : .queued(ids)
    }

    /// Adds an element to the end of the queue.
    func append(_ body: [UInt8]) throws {
        try run("INSERT INTO eventElements (orderKey) VALUES (?)", [QueueElement.order(of: body)])
        try run("INSERT INTO eventBodies (element, body) VALUES (?, ?)", [db.lastInsertedRowID, Data(body)])
    }

    private func answer(to key: EnqueueRequest.Key) throws -> EnqueueOutcome? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT bodyHash, ids FROM eventKeys WHERE hash = ? AND expiresAt > ?"),
            arguments: [key.hash, now.milliseconds]
        )
        guard let row else { return nil }
        guard row["bodyHash"] == key.bodyHash else { return .mismatch }
        let ids: String = row["ids"]
        return .replayed(ids.split(separator: " ").compactMap { EventID(rawValue: String($0)) })
    }

    private func keep(_ key: EnqueueRequest.Key, ids: [EventID]) throws {
        try run(
            "INSERT OR REPLACE INTO eventKeys (hash, bodyHash, ids, expiresAt) VALUES (?, ?, ?, ?)",
            [
                key.hash, key.bodyHash, ids.map(\.rawValue).joined(separator: " "),
                (now + key.lifetime).milliseconds,
            ]
        )
    }
}
