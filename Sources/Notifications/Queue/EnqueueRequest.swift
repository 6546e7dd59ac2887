/// Events to add.
package struct EnqueueRequest: Sendable, Equatable {
    /// An idempotency key: it stands for one body and one answer.
    package struct Key: Sendable, Equatable {
        /// A hash of (token, route, key).
        package let hash: String
        /// A hash of the request's body.
        package let bodyHash: String
        package let lifetime: Duration
        /// What tells this request from another with the same key; letters, digits and `_`.
        ///
        /// Who repeats it, because the answer was lost, is told that it was queued, not that another had queued it before.
        package var maker: String?

        package init(hash: String, bodyHash: String, lifetime: Duration, maker: String? = nil) {
            self.hash = hash
            self.bodyHash = bodyHash
            self.lifetime = lifetime
            self.maker = maker
        }
    }

    /// One event as it will lie in the queue.
    package struct Element: Sendable, Equatable {
        package let id: EventID
        /// The JSON of the event, `id` first.
        package let body: [UInt8]
        /// A hash of the body where the sender chose the id, which then must stay unique; nil for an id that we made.
        package let ownHash: String?

        package init(id: EventID, body: [UInt8], ownHash: String?) {
            self.id = id
            self.body = body
            self.ownHash = ownHash
        }
    }

    package var key: Key?
    package var elements: [Element]
    /// Where it is set and the broker is another one, nothing is added.
    package var expecting: QueueIncarnation?

    package init(key: Key?, elements: [Element], expecting: QueueIncarnation? = nil) {
        self.key = key
        self.elements = elements
        self.expecting = expecting
    }
}

/// What became of a request to enqueue.
package enum EnqueueOutcome: Sendable, Equatable {
    case queued([EventID])
    /// The same request was made before, by another ``EnqueueRequest/Key/maker``; these are the ids of then.
    case replayed([EventID])
    /// The key, or an event's own id, stands for another body. Nothing was added.
    case mismatch
    /// The queue has reached its length. Nothing was added.
    case full
    /// The broker is not the one that was expected. Nothing was added.
    case moved
}
