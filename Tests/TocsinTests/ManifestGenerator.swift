internal import Monitoring
internal import Notifications
internal import TestSupport

@testable internal import Tocsin

/// Makes up sites and channels, with texts that a file in YAML is likely to get wrong.
struct ManifestGenerator {
    private var random: SeededGenerator
    /// Whether sites have headers and channels have secrets, which an export leaves out.
    private let hasSecrets: Bool
    private var names: Set<[UInt8]> = []
    private var count = 0

    // No byte order mark: the library that reads YAML takes it off where a text begins with it.
    private static let words = [
        "no", "Yes", "on", "~", "null", "true", "1e3", "0x10", "0o7", "012", "1_000", "12:30:45", ".5", ".inf", "-1",
        "2026-01-31", "2026-01-31T12:00:00Z", "=", "<<", "-", "- a", "a: b", ":", "a:", "#", "a #b", "'", "it's", "\"",
        "\"q\"", "{a}", "[a", "&a", "*a", "!t", "%d", "@a", "`a`", "|", ">", "|-", "? x", ",", "\\", "\\n", "${A}",
        "$${A}", "$", "$$", "${", "$${", "}", "é", "e\u{301}", "日本語", "🏳️‍🌈", "\u{2028}", "\u{A0}x",
        "\u{200D}", "---", "...", "x", "Zürich – Nord", "/~1", "%20",
    ]
    private static let breaks = ["\n", "\n\n", "\r\n", "\t", " \n", "\n ", "\r"]

    init(seed: UInt64, hasSecrets: Bool) {
        random = SeededGenerator(seed: seed)
        self.hasSecrets = hasSecrets
    }

    /// Documents as the API takes them, each with a name that no other has.
    mutating func documents(of kind: ManifestKind) -> [JSON] {
        (0..<Int.random(in: 0...8, using: &random)).map { _ in document(kind, name: name()) }
    }

    /// The documents after somebody has worked on them: some are gone, some others, some new.
    mutating func changed(_ documents: [JSON], of kind: ManifestKind) -> [JSON] {
        let kept = documents.filter { _ in chance(0.7) }.map { document in
            chance(0.5) ? document : self.document(kind, name: kind.name(of: document) ?? "?")
        }
        return (kept + (0..<Int.random(in: 0...3, using: &random)).map { _ in document(kind, name: name()) })
            .shuffled(using: &random)
    }

    private mutating func document(_ kind: ManifestKind, name: String) -> JSON {
        switch kind {
        case .channel: channel(name)
        case .site: site(name)
        }
    }

    private mutating func site(_ name: String) -> JSON {
        count += 1
        var members: [JSON.Member] = [.init("url", .string("https://\(count).example/$%7Bx%7D?q=%20&y=:#x"))]
        if chance(0.85) { members.append(.init("name", .string(name))) }
        some(&members, "interval", ["30s", "1m", "60s", "90s", "1h30m", "1d"])
        if members.contains(where: { $0.name == "interval" }) { some(&members, "timeout", ["10s", "1.5s", "500ms"]) }
        if chance(0.3) { members += [.init("method", "POST"), .init("body", .string(text(isMultiline: true)))] }
        if chance(0.2) { members.append(.init("verifyTLS", .bool(chance(0.5)))) }
        if chance(0.4) { members.append(.init("expect", expectation())) }
        if chance(0.2) { members.append(.init("redirects", JSON(Int.random(in: 0...20, using: &random)))) }
        if chance(0.2) { members.append(.init("confirm", ["failures": 3, "interval": "1s"])) }
        if chance(0.2) { members.append(.init("regions", ["eu-west", "default"])) }
        if chance(0.3) { members.append(.init("group", .string(text()))) }
        if chance(0.4) { members.append(.init("tags", tags { !$0.contains(",") })) }
        if chance(0.2) { members.append(.init("paused", .bool(chance(0.5)))) }
        if hasSecrets, chance(0.5) {
            members.append(.init("headers", ["X-Key": .string(text()), "Accept": ""]))
        }
        return .object(members)
    }

    private mutating func expectation() -> JSON {
        var members: [JSON.Member] = []
        some(&members, "status", [["200-200"], [200, "301-302"], ["100-599"]])
        if chance(0.5) { members.append(.init("body", .string(text(isMultiline: true)))) }
        some(&members, "latency", ["1s", "1000ms", "2m"])
        if chance(0.5) { members.append(.init("certificateDays", chance(0.5) ? .null : 14)) }
        return .object(members)
    }

    private mutating func channel(_ name: String) -> JSON {
        var members: [JSON.Member] = [.init("name", .string(name))]
        switch Int.random(in: 0...(hasSecrets ? 3 : 2), using: &random) {
        case 0: members += [.init("type", "webhook"), .init("settings", ["url": "https://h.example/$%7Bx%7D?a=b:c"])]
        case 1:
            let topic: JSON = ["no", "0x10", "1e3", "null"].randomElement(using: &random) ?? "x"
            members += [.init("type", "ntfy"), .init("settings", ["topic": topic])]
        case 2: members.append(.init("type", "console"))
        default: members += [.init("type", "slack"), .init("settings", ["url": "https://s.example/secret"])]
        }
        some(&members, "events", [["*"], ["site.*"], ["site.down", "deploy.finished"]])
        if chance(0.4) { members.append(.init("tags", tags { _ in true })) }
        if chance(0.2) { members.append(.init("paused", .bool(chance(0.5)))) }
        return .object(members)
    }

    private mutating func tags(_ isAllowed: (String) -> Bool) -> JSON {
        var tags: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let tag = text()
            if isAllowed(tag), tag.count <= 64, tag.utf8.count <= 256, !tags.contains(tag) { tags.append(tag) }
        }
        return .array(tags.map(JSON.string))
    }

    private mutating func some(_ members: inout [JSON.Member], _ name: String, _ values: [JSON]) {
        guard chance(0.4), let value = values.randomElement(using: &random) else { return }
        members.append(.init(name, value))
    }

    private mutating func name() -> String {
        while true {
            let name = text()
            if name.count <= 100, names.insert(Array(name.utf8)).inserted { return name }
        }
    }

    /// One to three words; in one line without spaces around it, unless it may be of several.
    private mutating func text(isMultiline: Bool = false) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let pieces = isMultiline && chance(0.4) ? Self.breaks : chance(0.2) ? [" "] : Self.words
            text += pieces.randomElement(using: &random) ?? ""
        }
        if isMultiline { return text }
        let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        return trimmed.isEmpty || trimmed.contains(where: \.isNewline) ? "x" : trimmed
    }

    private mutating func chance(_ share: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < share
    }
}
