internal import Monitoring

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension ChannelSettings {
    /// Most patterns or tags that one channel can name.
    package static let maximumFilters = 32

    /// What is wrong with these settings; empty if nothing is.
    ///
    /// Pointers begin at the channel: `/name`, `/settings/url`, `/events/0`. No value of a secret is in them.
    package func problems() -> [FieldProblem] {
        nameProblems + settingProblems + eventProblems + tagProblems
    }

    private var nameProblems: [FieldProblem] {
        guard (1...128).contains(name.count), !name.contains(where: \.isNewline), name.first?.isWhitespace == false,
            name.last?.isWhitespace == false
        else {
            return [
                FieldProblem(
                    pointer: "/name",
                    detail: "A name has 1 to 128 characters on one line, with no space around them."
                )
            ]
        }
        return []
    }

    private var settingProblems: [FieldProblem] {
        let known = type.settings
        var problems: [FieldProblem] = []
        for name in settings.keys.sorted() where !known.contains(where: { $0.name == name }) {
            let names = known.map(\.name)
            let hint = NearestName.of(name, among: names).map { " Did you mean `\($0)`?" } ?? ""
            problems.append(
                FieldProblem(
                    pointer: "/settings/\(name.escapedForPointer)",
                    detail: names.isEmpty
                        ? "A channel of type \(type.rawValue) has no settings; leave it out."
                        : "A channel of type \(type.rawValue) has no such setting; it has "
                            + "\(names.joined(separator: ", ")).\(hint)"
                )
            )
        }
        for setting in known {
            let pointer = "/settings/\(setting.name)"
            guard let value = settings[setting.name] else {
                if setting.isRequired {
                    let detail = "A channel of type \(type.rawValue) needs it: \(setting.summary)"
                    problems.append(FieldProblem(pointer: pointer, detail: detail))
                }
                continue
            }
            if let detail = setting.form.problem(with: value) {
                problems.append(FieldProblem(pointer: pointer, detail: detail))
            }
        }
        return problems
    }

    private var eventProblems: [FieldProblem] {
        guard (1...Self.maximumFilters).contains(events.count) else {
            return [
                FieldProblem(
                    pointer: "/events",
                    detail: "Name 1 to \(Self.maximumFilters) patterns of event types; [\"*\"] stands for all."
                )
            ]
        }
        return events.enumerated().compactMap { index, text in
            guard EventPattern(text) == nil else { return nil }
            return FieldProblem(pointer: "/events/\(index)", detail: EventPattern.rule)
        }
    }

    private var tagProblems: [FieldProblem] {
        guard tags.count <= Self.maximumFilters else {
            return [FieldProblem(pointer: "/tags", detail: "Name at most \(Self.maximumFilters) tags.")]
        }
        return tags.enumerated().compactMap { index, tag in
            guard !Event.isTag(tag) else { return nil }
            return FieldProblem(pointer: "/tags/\(index)", detail: Event.tagRule)
        }
    }
}

extension ChannelSetting.Form {
    /// What is wrong with a value, as a sentence that does not repeat it.
    fileprivate func problem(with value: String) -> String? {
        switch self {
        case .text(let maximum):
            let isFine = (1...maximum).contains(value.utf8.count) && value.utf8.allSatisfy { 0x21...0x7E ~= $0 }
            return isFine ? nil : "Must be 1 to \(maximum) visible ASCII characters."
        case .url: return Self.problem(withURL: value)
        case .duration(let bounds):
            guard let duration = Duration(text: value), bounds.contains(duration) else {
                return "Must be a duration from \(bounds.lowerBound.text) to \(bounds.upperBound.text), such as 10s."
            }
            return nil
        case .retries:
            do {
                _ = try RetrySchedule(parsing: value)
                return nil
            } catch { return error.detail }
        case .signingSecrets:
            do {
                _ = try WebhookSecret.list(parsing: value)
                return nil
            } catch { return error.detail }
        case .topic:
            let isFine =
                (1...64).contains(value.utf8.count)
                && value.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                        || (byte < 0x80 && Character(Unicode.Scalar(byte)).isLetter)
                        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                }
            return isFine ? nil : "A topic has 1 to 64 characters of A-Z, a-z, 0-9, _ and -."
        }
    }

    private static func problem(withURL text: String) -> String? {
        guard text.utf8.count <= 2_048 else { return "A URL has at most 2048 characters." }
        guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), let url = URLComponents(string: text),
            let scheme = url.scheme?.lowercased(), let host = url.host, !host.isEmpty
        else { return "Must be a URL such as https://example.com/hook." }
        guard scheme == "http" || scheme == "https" else {
            return "Only http and https are spoken; the URL begins with \(scheme.prefix(32)):."
        }
        guard url.user == nil, url.password == nil else { return "A URL must not hold a user name or password." }
        guard url.port.map({ (1...65_535).contains($0) }) ?? true else { return "A port is 1 to 65535." }
        guard url.fragment == nil else { return "A fragment (#…) is not sent to a server; leave it out." }
        return nil
    }
}

extension String {
    /// The text as one token of a JSON pointer (RFC 6901, section 3).
    package var escapedForPointer: String {
        replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
