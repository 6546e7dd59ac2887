internal import Monitoring

/// One event as a client of the API sent it, strictly read.
package struct EventInput: Sendable, Equatable {
    package let event: Event
    /// The id that the sender chose, or the hash of what it chose; nil where it chose none.
    package let ownID: EventID?

    /// Reads one event: ours, or a CloudEvent 1.0 in structured JSON, which `specversion` tells.
    ///
    /// - Parameters:
    ///   - json: The event.
    ///   - pointer: Where it is in the request.
    /// - Throws: ``EventInputProblems`` with all that is wrong.
    package init(_ json: JSON, at pointer: String) throws(EventInputProblems) {
        guard case .object = json else {
            throw EventInputProblems([
                FieldProblem(pointer: pointer, detail: "An event is an object; this is \(json.kind).")
            ])
        }
        var reader = EventReader(json: json, pointer: pointer)
        (event, ownID) = json["specversion"] == nil ? reader.event() : reader.cloudEvent()
        if !reader.problems.isEmpty { throw EventInputProblems(reader.problems) }
    }
}

/// All that is wrong with one event.
package struct EventInputProblems: Error, Sendable, Equatable {
    package let problems: [FieldProblem]

    init(_ problems: [FieldProblem]) {
        self.problems = problems
    }
}

/// Reads the fields of one event and gathers what is wrong with them.
private struct EventReader {
    private static let ownFields = ["type", "subject", "data", "tags", "id", "time", "source"]
    private static let cloudFields = [
        "specversion", "type", "source", "id", "subject", "time", "data", "datacontenttype", "dataschema",
    ]
    private static let maximumSource = 2_048
    private static let maximumForeignID = 1_024

    let json: JSON
    let pointer: String
    var problems: [FieldProblem] = []

    mutating func event() -> (Event, EventID?) {
        for member in json.members ?? [] where !Self.ownFields.contains(member.name) {
            note(member.name, "There is no such field; an event has \(Self.ownFields.joined(separator: ", ")).")
        }
        var event = commonFields()
        event.tags = tags()
        event.source = text("source", maximum: Self.maximumSource)
        return (event, text("id", maximum: Self.maximumForeignID).map { EventID(rawValue: $0) ?? EventID(hashing: $0) })
    }

    mutating func cloudEvent() -> (Event, EventID?) {
        if json["specversion"]?.string != "1.0" { note("specversion", "Only CloudEvents 1.0 is understood.") }
        var event = commonFields()
        event.source = text("source", maximum: Self.maximumSource, isRequired: true)
        let id = text("id", maximum: Self.maximumForeignID, isRequired: true)
        for member in json.members ?? [] where !Self.cloudFields.contains(member.name) {
            if member.name == "data_base64" {
                note("data_base64", "Binary data is not carried; send JSON in data.")
            } else if isExtension(member) {
                event.extensions.append(member)
            } else {
                note(
                    member.name,
                    "An extension attribute has a name of 1 to 64 characters of a-z and 0-9, and a string, number or "
                        + "boolean of at most 1024 bytes."
                )
            }
        }
        for name in ["datacontenttype", "dataschema"] {
            guard let value = text(name, maximum: 1_024) else { continue }
            event.extensions.append(JSON.Member(name, .string(value)))
        }
        guard let source = event.source, let id else { return (event, nil) }
        // The id itself is kept as well: ours is a hash, unique where the sender's is unique only beside its source.
        event.extensions.append(JSON.Member("cloudeventid", .string(id)))
        return (event, EventID(source: source, id: id))
    }

    private mutating func commonFields() -> Event {
        let type = text("type", maximum: 128, isRequired: true) ?? ""
        if json["type"]?.string != nil, !type.isEmpty, !Event.isType(type) { note("type", Event.typeRule) }
        var event = Event(type: type)
        event.subject = text("subject", maximum: Event.maximumSubject)
        event.data = json["data"]
        if let time = text("time", maximum: 64) {
            if Timestamp(rfc3339: time) == nil {
                note("time", "Must be a time of RFC 3339, such as 2026-03-01T12:00:00Z.")
            }
            event.time = time
        }
        return event
    }

    private mutating func text(_ name: String, maximum: Int, isRequired: Bool = false) -> String? {
        switch json[name] {
        case nil where isRequired, .null where isRequired:
            note(name, name == "type" ? "An event needs a type. \(Event.typeRule)" : "A CloudEvent needs it.")
            return nil
        case nil, .null: return nil
        case .string(let text) where (1...maximum).contains(text.utf8.count): return text
        case .string: note(name, "Must have 1 to \(maximum) bytes.")
        case .some(let other): note(name, "Must be a string; this is \(other.kind).")
        }
        return nil
    }

    private mutating func tags() -> [String] {
        guard let value = json["tags"], value != .null else { return [] }
        guard let elements = value.array, elements.count <= Event.maximumTags else {
            note("tags", "Must be an array of at most \(Event.maximumTags) strings.")
            return []
        }
        var tags: [String] = []
        for (index, element) in elements.enumerated() {
            if let tag = element.string, Event.isTag(tag) {
                tags.append(tag)
            } else {
                note("tags", element: "/\(index)", Event.tagRule)
            }
        }
        return tags
    }

    private func isExtension(_ member: JSON.Member) -> Bool {
        let isName =
            (1...64).contains(member.name.utf8.count)
            && member.name.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
            }
        // A name of our own would be read as ours when the element is taken out of the queue.
        guard isName, !Self.ownFields.contains(member.name), member.name != "cloudeventid" else { return false }
        return switch member.value {
        case .string(let text): text.utf8.count <= 1_024
        case .number(let digits): digits.utf8.count <= 1_024
        case .bool, .null: true
        case .array, .object: false
        }
    }

    private mutating func note(_ name: String, element: String = "", _ detail: String) {
        problems.append(FieldProblem(pointer: "\(pointer)/\(name.escapedForPointer)\(element)", detail: detail))
    }
}
