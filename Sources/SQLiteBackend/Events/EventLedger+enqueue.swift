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
        // Who added nothing has not made it.
        if let key = request.key { try keep(key, maker: fresh.isEmpty ? nil : key.maker, ids: ids) }
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
        let words = (row["ids"] as String).split(separator: " ").map(String.init)
        // The mark of who made it is no id.
        let ids = words.compactMap(EventID.init(rawValue:))
        return key.maker.map(Self.mark).map(words.contains) == true ? .queued(ids) : .replayed(ids)
    }

    /// What stands before the ids of a request, to know its maker again.
    private static func mark(_ maker: String) -> String { "!" + maker }

    private func keep(_ key: EnqueueRequest.Key, maker: String?, ids: [EventID]) throws {
        try run(
            "INSERT OR REPLACE INTO eventKeys (hash, bodyHash, ids, expiresAt) VALUES (?, ?, ?, ?)",
            [
                key.hash, key.bodyHash,
                ([maker.map(Self.mark)].compactMap(\.self) + ids.map(\.rawValue)).joined(separator: " "),
                (now + key.lifetime).milliseconds,
            ]
        )
    }
}
