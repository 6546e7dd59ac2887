/// Reads what the commands in the log of Redis mean.
struct RedisJournal {
    private let stream = "MONITORING_STREAM"
    private let queue = "{NOTIFICATION_QUEUE}:"
    private var isInTransaction = false
    /// What each notifier has in hand, by its tokens.
    private var held: [String: [String: String]] = [:]
    /// When the lead was last asked for.
    private var leadAt: Int64 = 0

    /// Reads one command.
    mutating func read(_ command: AppendOnlyFile.Command, _ emit: (JournalEntry) -> Void) {
        guard let name = command.first.map(Self.text)?.uppercased() else { return }
        switch name {
        case "MULTI": isInTransaction = true
        case "EXEC":
            isInTransaction = false
            emit(.commit)
        case "XADD", "XTRIM", "XACK", "XDEL", "XCLAIM", "ZREM", "HINCRBY", "HSET", "HDEL", "DEL":
            guard command.count > 2 || name == "DEL" && command.count > 1 else { return }
            let key = Self.text(command[1])
            if key == stream || key.hasPrefix("{\(stream)}:") {
                readJobs(name, key, command, emit)
            } else if key.hasPrefix(queue) {
                readEvents(name, key.dropFirst(queue.utf8.count), command, emit)
            }
            if !isInTransaction { emit(.commit) }
        default: break
        }
    }

    // MARK: Jobs

    private mutating func readJobs(
        _ name: String,
        _ key: String,
        _ command: AppendOnlyFile.Command,
        _ emit: (JournalEntry) -> Void
    ) {
        switch (name, key) {
        case ("XADD", stream): added(command.dropFirst(2).map(Self.text), emit)
        case ("XTRIM", stream):
            if let length = command.last.flatMap({ Int(Self.text($0)) }) { emit(.jobsCut(length: length)) }
        case ("XDEL", stream):
            for id in command.dropFirst(2).map(Self.text) {
                emit(.jobRemoved(id: id))
                emit(.freed(item: "job \(id)"))
            }
        case ("XACK", stream):
            for id in command.dropFirst(3).map(Self.text) { emit(.jobAcknowledged(id: id)) }
        case ("ZREM", "{\(stream)}:cut"):
            for id in command.dropFirst(2).map(Self.text) { emit(.jobAcknowledged(id: id)) }
        case ("XCLAIM", stream): claimed(command.map(Self.text), emit)
        case ("HINCRBY", "{\(stream)}:ends"):
            emit(.jobsEnded(end: Self.text(command[2]), count: Int(Self.text(command[3])) ?? 0))
        case ("HSET", "{\(stream)}:mark"):
            let fields = Self.fields(command)
            guard let through = fields["through"].flatMap({ Int64($0) }) else { return }
            emit(.marked(through: through, isComplete: fields["interval"] == ""))
        case ("HSET", "{\(stream)}:clock"):
            if let wall = Self.fields(command)["lead.wall"].flatMap({ Int64($0) }) { leadAt = wall }
        case ("HSET", "{\(stream)}:leader"):
            if let holder = Self.fields(command)["holder"] { emit(.taken(item: "lead", holder: holder, at: leadAt)) }
        case ("DEL", "{\(stream)}:leader"): emit(.freed(item: "lead"))
        default: break
        }
    }

    /// `[MAXLEN = n] id field value …`; Redis writes down what it did, so neither `~` nor `*` is in it.
    private func added(_ words: [String], _ emit: (JournalEntry) -> Void) {
        var rest = words[...]
        var length: Int?
        if rest.first == "MAXLEN" {
            rest = rest.dropFirst()
            if rest.first == "=" || rest.first == "~" { rest = rest.dropFirst() }
            length = rest.popFirst().flatMap { Int($0) }
        }
        guard let id = rest.popFirst() else { return }
        let fields = Self.pairs(rest)
        let time = id.split(separator: "-").first.flatMap { Int64($0) } ?? 0
        let slot = SlotKey(
            site: fields["websiteId"].flatMap { Int64($0) } ?? 0,
            slot: fields["slot"].flatMap { Int64($0) } ?? time
        )
        emit(.jobAdded(id: id, slot: slot))
        if let length { emit(.jobsCut(length: length)) }
    }

    /// `XCLAIM key group consumer 0 id … TIME ms …`.
    private func claimed(_ words: [String], _ emit: (JournalEntry) -> Void) {
        guard words.count > 5 else { return }
        let item = "job \(words[5])"
        guard words[3] != "released" else { return emit(.freed(item: item)) }
        guard let time = words.firstIndex(of: "TIME"), time + 1 < words.count, let at = Int64(words[time + 1]) else {
            return
        }
        emit(.taken(item: item, holder: words[3], at: at))
    }

    // MARK: Events

    private mutating func readEvents(
        _ name: String,
        _ key: Substring,
        _ command: AppendOnlyFile.Command,
        _ emit: (JournalEntry) -> Void
    ) {
        if let id = key.without("e:"), name == "HSET" {
            let id = String(id)
            for index in stride(from: 2, to: command.count - 1, by: 2) {
                let field = Self.text(command[index])
                if field == "state" {
                    emit(.event(id: id, state: Self.text(command[index + 1])))
                } else if let channel = field[...].without("c:"), let state = command[index + 1].first,
                    state == UInt8(ascii: "s") || state == UInt8(ascii: "d")
                {
                    emit(.deliveryEnded(event: id, channel: String(channel)))
                }
            }
        } else if let boot = key.without("held:") {
            let boot = String(boot)
            switch name {
            case "HSET":
                let token = Self.text(command[2])
                // The time of the claim is in the token.
                guard command.count > 3, let item = Self.item(command[3]), let at = Int64(token.prefix(14)) else {
                    return
                }
                held[boot, default: [:]][token] = item
                emit(.taken(item: item, holder: boot, at: at))
            case "HDEL":
                for token in command.dropFirst(2).map(Self.text) {
                    if let item = held[boot]?.removeValue(forKey: token) { emit(.freed(item: item)) }
                }
            case "DEL": held[boot] = nil
            default: break
            }
        }
    }

    /// `e<crashes>:{"id":"…", …}` or `d<channel>:<event>`.
    private static func item(_ value: ArraySlice<UInt8>) -> String? {
        guard value.first == UInt8(ascii: "e") else { return "delivery \(text(value.dropFirst()))" }
        // The id stands first, whatever the length of the body.
        let start = text(value.prefix(200))
        guard let colon = start.firstRange(of: "\"id\":\"") else { return nil }
        return "event \(start[colon.upperBound...].prefix { $0 != "\"" })"
    }

    // MARK: Words

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func fields(_ command: AppendOnlyFile.Command) -> [String: String] {
        pairs(command.dropFirst(2).map(text)[...])
    }

    private static func pairs(_ words: ArraySlice<String>) -> [String: String] {
        var pairs: [String: String] = [:]
        var rest = words
        while let name = rest.popFirst(), let value = rest.popFirst() { pairs[name] = value }
        return pairs
    }
}

extension Substring {
    /// What follows a prefix, if it is there.
    fileprivate func without(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
