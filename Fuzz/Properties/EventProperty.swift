import Monitoring
import Notifications

/// What is accepted comes out of the queue as it went in, and what is refused says where it is wrong.
enum EventProperty {
    static func check(_ bytes: [UInt8]) throws {
        try checkElement(bytes)
        guard let document = try? JSON(parsing: bytes) else { return }
        try checkWriting(document)
        for (index, element) in (document.array ?? [document]).enumerated() {
            let pointer = document.array == nil ? "" : "/\(index)"
            do {
                try checkInput(try EventInput(element, at: pointer))
            } catch let error as EventInputProblems {
                try Violation.unless(!error.problems.isEmpty, "refused without a reason")
                for problem in error.problems {
                    try Violation.unless(problem.pointer.hasPrefix(pointer), "\(problem) is outside of \(pointer)")
                    try Violation.unless(!problem.detail.isEmpty, "\(problem.pointer) is wrong without a reason")
                }
            }
        }
    }

    /// A value is written as bytes that read as the same value, and are written the same again.
    private static func checkWriting(_ document: JSON) throws {
        let written = document.bytes
        guard let read = try? JSON(parsing: written) else {
            throw Violation("can't read what was written: \(String(decoding: written, as: UTF8.self))")
        }
        try Violation.unless(read == document, "\(read) instead of \(document)")
        try Violation.unless(read.bytes == written, "written in other bytes the second time")
    }

    private static func checkInput(_ input: EventInput) throws {
        let id = input.ownID ?? EventID.made(at: SystemTime().now())
        let body = input.event.element(id: id)
        guard case .event(let event, let readID, _) = QueueElement(body) else {
            throw Violation("accepted, and dead in the queue: \(String(decoding: body, as: UTF8.self))")
        }
        try Violation.unless(readID == id, "queued as \(id), read as \(String(describing: readID))")
        try Violation.unless(event == input.event, "queued as \(input.event), read as \(event)")
        try Violation.unless(Event.isType(event.type), "accepted with the type \(event.type)")
    }

    /// An element that another program pushed is an event or a dead letter with a reason; its id can be a key.
    private static func checkElement(_ bytes: [UInt8]) throws {
        switch QueueElement(bytes) {
        case .dead(let reason, _): try Violation.unless(!reason.isEmpty, "dead without a reason")
        case .event(let event, let id, _):
            try Violation.unless(!event.type.isEmpty, "an event without a type")
            if let id { try Violation.unless(EventID(rawValue: id.rawValue) == id, "\(id) is no id") }
            let again = QueueElement(event.element(id: id ?? EventID.made(at: SystemTime().now())))
            guard case .event(let read, _, _) = again else {
                throw Violation("an event that is dead when it is queued again: \(again)")
            }
            try Violation.unless(read.type == event.type, "queued again as \(read.type) instead of \(event.type)")
        }
    }
}
