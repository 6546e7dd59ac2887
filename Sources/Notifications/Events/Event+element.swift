package import Monitoring

extension Event {
    /// The event as it lies in the queue: compact JSON, `id` first.
    package func element(id: EventID) -> [UInt8] {
        var members = [JSON.Member("id", .string(id.rawValue)), JSON.Member("type", .string(type))]
        if let subject { members.append(JSON.Member("subject", .string(subject))) }
        if let data { members.append(JSON.Member("data", data)) }
        if !tags.isEmpty { members.append(JSON.Member("tags", .array(tags.map(JSON.string)))) }
        if let time { members.append(JSON.Member("time", .string(time))) }
        if let source { members.append(JSON.Member("source", .string(source))) }
        return JSON.object(members + extensions).bytes
    }
}

/// An element of the queue, which any client may have pushed.
package enum QueueElement: Sendable, Equatable {
    /// An event; `id` is nil where it has none yet.
    case event(Event, id: EventID?, document: JSON)
    /// Nothing that could be delivered, and why.
    case dead(reason: String, id: EventID?)

    /// Most bytes of one element.
    package static let maximumSize = 1 << 20

    /// Reads an element leniently: an object with a string `type` is an event, whatever else it holds.
    package init(_ body: [UInt8]) {
        guard body.count <= Self.maximumSize else {
            self = .dead(reason: "longer than \(Self.maximumSize) bytes", id: nil)
            return
        }
        let document: JSON
        do {
            document = try JSON(parsing: body)
        } catch {
            self = .dead(reason: error.description, id: nil)
            return
        }
        guard case .object(let members) = document else {
            self = .dead(reason: "not an event: \(document.kind) instead of an object", id: nil)
            return
        }
        let id = Self.id(of: document)
        guard let type = document["type"] else {
            self = .dead(reason: "not an event: it has no type", id: id)
            return
        }
        guard let type = type.string, !type.isEmpty else {
            self = .dead(reason: "not an event: its type must be a string that is not empty", id: id)
            return
        }
        var event = Event(type: type)
        for member in members {
            switch member.name {
            case "id", "type": continue
            case "subject" where member.value.string != nil: event.subject = member.value.string
            case "data": event.data = member.value
            case "tags" where member.value.array != nil:
                event.tags = (member.value.array ?? []).compactMap(\.string)
            case "time" where member.value.string != nil: event.time = member.value.string
            case "source" where member.value.string != nil: event.source = member.value.string
            default: event.extensions.append(member)
            }
        }
        self = .event(event, id: id, document: document)
    }

    /// The order of the event that an element holds, without reading those that can't have one.
    package static func order(of body: [UInt8]) -> String? {
        guard mayBeOfSite(body), case .event(let event, _, _) = Self(body) else { return nil }
        return event.order
    }

    /// When the event of an element happened, as it says; nil where it does not, or is none.
    package static func time(of body: [UInt8]) -> Timestamp? {
        guard case .event(let event, _, _) = Self(body) else { return nil }
        return event.time.flatMap(Timestamp.init(rfc3339:))
    }

    /// Whether `site.` is in it, or an escape that may stand for some of that.
    private static func mayBeOfSite(_ body: [UInt8]) -> Bool {
        let (name, escape) = (Array("site.".utf8), Array(#"\u00"#.utf8))
        return body.indices.contains { index in
            (body[index] == name[0] && body[index...].starts(with: name))
                || (body[index] == escape[0] && body[index...].starts(with: escape))
        }
    }

    private static func id(of document: JSON) -> EventID? {
        switch document["id"] {
        case .string(let text) where !text.isEmpty: EventID(rawValue: text) ?? EventID(hashing: text)
        case .number(let digits): EventID(rawValue: digits) ?? EventID(hashing: digits)
        default: nil
        }
    }
}

extension JSON {
    /// The object with a member in front, in place of one of the same name.
    func withFirst(_ name: String, _ value: JSON) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object([Member(name, value)] + members.filter { $0.name != name })
    }

    /// The object with a member at the end, unless it has one of that name.
    func withDefault(_ name: String, _ value: JSON) -> JSON {
        guard case .object(let members) = self, self[name] == nil else { return self }
        return .object(members + [Member(name, value)])
    }
}
