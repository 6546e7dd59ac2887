import Monitoring
import Notifications
import Testing

@Suite struct EventInputTests {
    private func input(_ text: String) throws -> EventInput { try EventInput(JSON(parsing: text), at: "") }

    private func problems(_ text: String, at pointer: String = "") throws -> [String] {
        do {
            _ = try EventInput(JSON(parsing: text), at: pointer)
            return []
        } catch let error as EventInputProblems {
            return error.problems.map(\.pointer)
        }
    }

    @Test func `every field is read`() throws {
        let input = try input(
            #"{"type":"order.paid","subject":"17","data":{"n":12345678901234567890},"tags":["a","b"],"id":"mine","time":"2026-03-01T12:00:00+02:00","source":"shop"}"#
        )
        #expect(input.ownID == EventID(rawValue: "mine"))
        #expect(input.event.type == "order.paid")
        #expect(input.event.tags == ["a", "b"])
        let element = String(decoding: input.event.element(id: try #require(input.ownID)), as: UTF8.self)
        #expect(
            element
                == #"{"id":"mine","type":"order.paid","subject":"17","data":{"n":12345678901234567890},"tags":["a","b"],"time":"2026-03-01T12:00:00+02:00","source":"shop"}"#
        )
    }

    @Test func `every problem is told with its place`() throws {
        #expect(
            try problems(
                #"{"type":"bad type","subject":5,"tags":["ok",""," x"],"time":"today","colour":"red","a/b":1}"#,
                at: "/3"
            ).sorted()
                == ["/3/a~1b", "/3/colour", "/3/subject", "/3/tags/1", "/3/tags/2", "/3/time", "/3/type"]
        )
        #expect(try problems("{}") == ["/type"])
        #expect(try problems("[]", at: "/0") == ["/0"])
        #expect(try problems(#"{"type":null}"#) == ["/type"])
        #expect(try problems(#"{"type":"\#(String(repeating: "a", count: 129))"}"#) == ["/type"])
        #expect(try problems(#"{"type":"a","subject":"\#(String(repeating: "a", count: 513))"}"#) == ["/subject"])
        let tags = Array(repeating: "\"t\"", count: 33).joined(separator: ",")
        #expect(try problems(#"{"type":"a","tags":[\#(tags)]}"#) == ["/tags"])
    }

    @Test func `an id that is none becomes one, always the same`() throws {
        let first = try input(#"{"type":"a","id":"order 17/é"}"#).ownID
        #expect(first != nil)
        #expect(first == EventID(hashing: "order 17/é"))
        #expect(first.map { (1...64).contains($0.rawValue.utf8.count) } == true)
    }

    @Test func `a CloudEvent keeps its extension attributes and is told apart by source and id`() throws {
        let text =
            #"{"specversion":"1.0","type":"com.example.paid","source":"/shop","id":"A-1","subject":"s","datacontenttype":"application/json","traceparent":"00-ab","n":5,"data":{"x":1}}"#
        let input = try input(text)
        #expect(input.ownID == EventID(source: "/shop", id: "A-1"))
        #expect(EventID(source: "/shopA", id: "-1") != EventID(source: "/shop", id: "A-1"))
        let element = try JSON(parsing: input.event.element(id: try #require(input.ownID)))
        #expect(element["traceparent"] == "00-ab")
        #expect(element["n"] == 5)
        #expect(element["datacontenttype"] == "application/json")
        #expect(element["cloudeventid"] == "A-1")
        #expect(element.members?.first?.name == "id")
    }

    @Test func `a CloudEvent that breaks the rules is refused`() throws {
        #expect(
            try problems(#"{"specversion":"0.3","type":"a","data_base64":"AA==","Bad":"x","list":[1]}"#).sorted()
                == ["/Bad", "/data_base64", "/id", "/list", "/source", "/specversion"]
        )
        // An extension of a name of ours would be read as ours later.
        #expect(try problems(#"{"specversion":"1.0","type":"a","source":"s","id":"1","tags":"x"}"#) == ["/tags"])
    }
}

@Suite struct QueueElementTests {
    private func element(_ text: String) -> QueueElement { QueueElement(Array(text.utf8)) }

    @Test func `an object with a type is an event, whatever else it holds`() throws {
        guard case .event(let event, let id, _) = element(#"{"type":"demo.hello","subject":7,"tags":"x","odd":[1]}"#)
        else {
            Issue.record("not an event")
            return
        }
        #expect(event.type == "demo.hello")
        #expect(event.subject == nil)
        #expect(id == nil)
        #expect(event.extensions.map(\.name) == ["subject", "tags", "odd"])
    }

    @Test(arguments: ["not json", #"{"a":1}"#, "[]", "\"x\"", "", #"{"type":""}"#, #"{"type":5}"#, "{", "\u{00}"])
    func `what is no event is dead with a reason`(text: String) {
        guard case .dead(let reason, _) = element(text) else {
            Issue.record("taken for an event: \(text)")
            return
        }
        #expect(reason.contains("not"))
    }

    @Test func `an id of any kind is read`() {
        for (text, expected) in [
            (#""abc""#, EventID(rawValue: "abc")), ("17", EventID(rawValue: "17")),
            (#""a b""#, EventID(hashing: "a b")), ("null", nil), ("[]", nil), (#""""#, nil),
        ] {
            guard case .event(_, let id, _) = element(#"{"id":\#(text),"type":"a"}"#) else {
                Issue.record("not an event: \(text)")
                continue
            }
            #expect(id == expected)
        }
    }

    @Test func `made ids are told from chosen ones`() throws {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let made = EventID.made(at: now)
        #expect(made.isMade)
        #expect(made != EventID.made(at: now))
        // Those of one time stand together in an index.
        #expect(made.rawValue.hasPrefix("evt_01mcc5rm00"))
        #expect(made.rawValue < EventID.made(at: now + .milliseconds(1)).rawValue)
        #expect(!Event(type: "a").isOwnID(made))
        #expect(Event(type: "a", source: Event.ownSource).isOwnID(made))
        #expect(Event(type: "a").isOwnID(try #require(EventID(rawValue: "evt_1NG8Du2eZvKYlo2CUI79vXWy"))))
    }
}
