internal import Monitoring

/// Reads settings one by one and collects what is wrong with them.
struct SettingReader {
    private let sources: SettingSources
    private(set) var problems: [ConfigurationError.Problem]

    init(_ sources: SettingSources) {
        self.sources = sources
        problems = sources.problems
    }

    /// Reads a setting, or its default; nil where a problem was noted.
    mutating func read<Value>(_ setting: Setting, as parse: (String) throws -> Value) -> Value? {
        guard let found = found(setting) else { return nil }
        return self.parse(found, of: setting, as: parse)
    }

    /// Reads a setting that need not be there.
    mutating func optional<Value>(_ setting: Setting, as parse: (String) throws -> Value) -> Value? {
        do {
            guard let found = try sources.value(of: setting) else { return nil }
            return self.parse(found, of: setting, as: parse)
        } catch {
            fail("\(setting.key) can't be read: \(error)")
            return nil
        }
    }

    mutating func duration(_ setting: Setting, from least: Duration) -> Duration? {
        read(setting) { text in
            guard let value = Duration(text: text), value >= least else {
                throw TocsinConfiguration.Expected("a duration of \(least.text) or more, such as 30s, 5m or 1h30m")
            }
            return value
        }
    }

    mutating func count(_ setting: Setting, in range: ClosedRange<Int>) -> Int? {
        read(setting) { text in
            guard let value = Int(text), range.contains(value) else {
                throw TocsinConfiguration.Expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }

    mutating func boolean(_ setting: Setting) -> Bool? {
        read(setting) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: throw TocsinConfiguration.Expected("true or false")
            }
        }
    }

    mutating func oneOf<Value: RawRepresentable<String> & CaseIterable>(
        _ setting: Setting,
        _ type: Value.Type
    ) -> Value? {
        read(setting) { text in
            guard let value = Value(rawValue: text.lowercased()) else {
                let words = Value.allCases.map(\.rawValue)
                throw TocsinConfiguration.Expected("one of \(words.joined(separator: ", "))")
            }
            return value
        }
    }

    mutating func list<Value>(_ setting: Setting, as parse: (String) throws -> Value) -> [Value] {
        optional(setting) { text in
            try text.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }.map(parse)
        } ?? []
    }

    /// Notes a problem.
    mutating func fail(_ sentence: String) {
        problems.append(ConfigurationError.Problem(sentence))
    }

    private mutating func found(_ setting: Setting) -> SettingSources.Found? {
        do {
            if let found = try sources.value(of: setting) { return found }
        } catch {
            fail("\(setting.key) can't be read: \(error)")
            return nil
        }
        return SettingSources.Found(text: setting.standard ?? "", source: "the default")
    }

    private mutating func parse<Value>(
        _ found: SettingSources.Found,
        of setting: Setting,
        as parse: (String) throws -> Value
    ) -> Value? {
        do {
            return try parse(found.text)
        } catch let expected as TocsinConfiguration.Expected {
            fail(
                "\(setting.key) can't be \(Self.shown(found.text, of: setting)) (from \(found.source)); it must be \(expected.words)."
            )
        } catch {
            fail("\(setting.key) (from \(found.source)): \(error)")
        }
        return nil
    }

    /// The value for a message, without what may be a password in it.
    private static func shown(_ text: String, of setting: Setting) -> String {
        if setting.isSecret || text.contains("password=") { return "what it is" }
        let visible = text.lastIndex(of: "@").map { "…" + text[$0...] } ?? text
        return "`\(Printable.text(visible, atMost: 200))`"
    }
}
