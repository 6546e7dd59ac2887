/// Something that happened, of which channels are told.
package struct Event: Sendable, Equatable {
    package var type: String
    /// What it happened to; for `site.*` the id of the site.
    package var subject: String?
    package var data: JSON?
    package var tags: [String]
    /// When it happened, as RFC 3339 and as the sender wrote it.
    package var time: String?
    package var source: String?
    /// The extension attributes of a CloudEvent, and what else a foreign element holds.
    package var extensions: [JSON.Member]

    package init(
        type: String,
        subject: String? = nil,
        data: JSON? = nil,
        tags: [String] = [],
        time: String? = nil,
        source: String? = nil,
        extensions: [JSON.Member] = []
    ) {
        self.type = type
        self.subject = subject
        self.data = data
        self.tags = tags
        self.time = time
        self.source = source
        self.extensions = extensions
    }

    /// The source of the events that Tocsin itself emits.
    package static let ownSource = "tocsin"
    /// Most tags of one event.
    package static let maximumTags = 32
    /// Most bytes of a subject.
    package static let maximumSubject = 512

    /// What a type must look like, as a sentence.
    package static let typeRule = "A type has 1 to 128 characters of A-Z, a-z, 0-9, ., _ and -, such as order.paid."
    /// What a tag must look like, as a sentence.
    package static let tagRule = "A tag has 1 to 64 characters, with no control character and no space around it."

    /// Whether an id was chosen by who sent the event, and must stay unique for a day after its end.
    ///
    /// An id that the intake made is random; that of an outbox entry is offered again.
    package func isOwnID(_ id: EventID) -> Bool { !id.isMade || source == Self.ownSource }

    /// What orders this event among those of the same channel: a recovery never overtakes its alert.
    package var order: String? { type.hasPrefix("site.") ? subject : nil }

    /// Whether a text can be the type of an event.
    package static func isType(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Whether a text can be a tag.
    package static func isTag(_ text: String) -> Bool {
        (1...64).contains(text.count) && text.utf8.count <= 256
            && text.first?.isWhitespace == false && text.last?.isWhitespace == false
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
