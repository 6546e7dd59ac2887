internal import Redis

/// The event queue's functions, which run inside of the Redis server.
///
/// Rules that all of them keep: Redis does not roll back, so that everything is validated before the first write. Bodies
/// are bytes: never written anew, and read only where they may be of an order. Each takes two keys, the queue's list and the prefix `{queue}:` of all other keys, which
/// share the list's slot in a cluster. Only what adds to the queue is refused where the memory is full.
///
/// | key | |
/// |---|---|
/// | `workers` | sorted set: boot → end of its lease |
/// | `boots` | set: those that may hold something; a worker whose lease was lost is found by it |
/// | `held:<boot>` | hash: token → `e<crashes>:<body>` or `d<channel>:<event>` |
/// | `again`, `suspects` | lists of what was given back: `<crashes>:<body>`, or `o:<order>`, the turn of an order |
/// | `ordered` | hash: order → tokens of its unrouted events that are held; empty while it waits for its turn |
/// | `w:<order>` | list: `<crashes>:<body>` of events behind those, or, in its turn, from the first on |
/// | `e:<id>` | hash: state, hash, own, body, open, sent, and `c:<channel>` for each delivery |
/// | `r:<channel>` | sorted set: event → due |
/// | `due` | sorted set: channel → its earliest due, its gate included |
/// | `o:<channel>\|<order>` | sorted set: event → number of its routing; only the first is in `r` |
/// | `busy` | hash: `<channel>\|<order>` → the event of it that is held |
/// | `b:<channel>` | sorted set: event → deadline, of all deliveries that are open |
/// | `c:<channel>` | end of the channel's gate |
/// | `s:<channel>` | when the next delivery may be put back to the channel |
/// | `dead`, `dead:<channel>`, `d:<id>` | sorted sets of the ids of dead letters, and each as a hash |
/// | `k:<hash>` | body hash and ids of an idempotency key |
/// | `clock` | hash: last time, skew, end of grace, lease |
/// | `counters` | hash: tokens, sequence, letters, scheduled, behind, discarded, lost; `epoch` is made anew when all was lost |
enum EventFunctions {
    /// The library's name before its version.
    static let name = "tocsin_events"

    static let library = RedisFunctionLibrary(
        name: name,
        code: foundation + sequencing + claiming + ending + leasing + people + replaying
    )
}
