internal import Testing

@testable import Chaos

@Suite("The journal of Redis")
struct JournalTests {
    private func encode(_ words: String) -> [UInt8] {
        let words = words.split(separator: " ", omittingEmptySubsequences: false)
        return Array("*\(words.count)\r\n\(words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined())".utf8)
    }

    private func entries(_ commands: String...) throws -> [JournalEntry] {
        var reader = CommandReader(commands.flatMap(encode))
        var journal = RedisJournal()
        var entries: [JournalEntry] = []
        while let command = try reader.next() { journal.read(command) { entries.append($0) } }
        return entries
    }

    @Test("Annotations are passed over, and a command that is not whole waits for the rest")
    func partial() throws {
        let bytes = Array("#TS:1\r\n".utf8) + encode("MULTI") + encode("EXEC").dropLast(3)
        var reader = CommandReader(bytes)
        #expect(try reader.next()?.count == 1)
        #expect(try reader.next() == nil)
        #expect(reader.end == 7 + encode("MULTI").count)
        var broken = CommandReader(Array("hello\r\n".utf8))
        #expect(throws: AppendOnlyFile.Malformed.self) { try broken.next() }
    }

    @Test("A page, a claim and an end become what they mean")
    func jobs() throws {
        #expect(
            try entries(
                "MULTI",
                "XADD MONITORING_STREAM MAXLEN = 1 5-0 websiteId 2 url http://a slot 4000 revision 1",
                "HSET {MONITORING_STREAM}:mark from 1 through 9 interval  slot  site  count 1",
                "EXEC",
                "XCLAIM MONITORING_STREAM monitors w 0 5-0 TIME 77 RETRYCOUNT 1 FORCE JUSTID LASTID 5-0",
                "MULTI",
                "XACK MONITORING_STREAM monitors 5-0",
                "XDEL MONITORING_STREAM 5-0",
                "HINCRBY {MONITORING_STREAM}:ends result 1",
                "EXEC"
            ) == [
                .jobAdded(id: "5-0", slot: SlotKey(site: 2, slot: 4_000)), .jobsCut(length: 1),
                .marked(through: 9, isComplete: true), .commit,
                .taken(item: "job 5-0", holder: "w", at: 77), .commit,
                .jobAcknowledged(id: "5-0"), .jobRemoved(id: "5-0"), .freed(item: "job 5-0"),
                .jobsEnded(end: "result", count: 1), .commit,
            ]
        )
    }

    @Test("What a notifier holds, and how events end, is read from its hashes")
    func events() throws {
        let q = "{NOTIFICATION_QUEUE}:"
        #expect(
            try entries(
                "MULTI",
                "HSET \(q)held:b 00000000000077-000000000001 e0:{\"id\":\"x\"}",
                "HSET \(q)held:b 00000000000078-000000000002 d3:y",
                "EXEC",
                "MULTI",
                "HDEL \(q)held:b 00000000000077-000000000001",
                "HSET \(q)e:x state ended own 0",
                "HSET \(q)e:y c:3 s|1|0|1|2|3|4|",
                "HSET \(q)e:y c:4 p|1|0|1|2|3|4|",
                "EXEC"
            ) == [
                .taken(item: "event x", holder: "b", at: 77), .taken(item: "delivery 3:y", holder: "b", at: 78),
                .commit,
                .freed(item: "event x"), .event(id: "x", state: "ended"), .deliveryEnded(event: "y", channel: "3"),
                .commit,
            ]
        )
    }

    @Test("The lead is held by whoever the leader's key names")
    func lead() throws {
        #expect(
            try entries(
                "MULTI",
                "HSET {MONITORING_STREAM}:clock lead.wall 55 lead.skew 0",
                "HSET {MONITORING_STREAM}:leader holder p until 99",
                "EXEC",
                "DEL {MONITORING_STREAM}:leader"
            ) == [.taken(item: "lead", holder: "p", at: 55), .commit, .freed(item: "lead"), .commit]
        )
    }
}
