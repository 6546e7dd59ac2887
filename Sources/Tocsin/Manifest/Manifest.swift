internal import Foundation
internal import Notifications
internal import Yams

/// The file that `tocsin apply` reads and `tocsin export` writes: sites, channels and the status page.
struct Manifest: Sendable, Equatable {
    var sites: [JSON]
    var channels: [JSON]
    /// Whether the file speaks of sites, or of channels, at all; what it doesn't speak of is left alone.
    var hasSites: Bool
    var hasChannels: Bool
    /// What the file says is published; nil where it doesn't speak of it.
    var statusPage: ManifestStatusPage?

    /// Reads a file, with `${NAME}` in its values replaced by environment variables; `$${` stands for `${` itself.
    ///
    /// - Throws: ``CommandError`` with the place of what is wrong.
    init(yaml text: String, name: String, environment: [String: String]) throws {
        let document: JSON
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw Self.wrong(name, "is empty; it needs `sites:` or `channels:`")
            }
            document = try JSON(yaml: node)
        } catch let error as CommandError {
            throw error
        } catch let problem as ImportProblem {
            throw Self.wrong(name, "has a mistake: \(problem)")
        } catch {
            throw Self.wrong(name, "is not YAML: \(YAMLProblem(error))")
        }
        guard let members = document.members else {
            throw Self.wrong(name, "must hold `sites:` or `channels:`, each a list")
        }
        // Names that begin with x- are for anchors, as other tools have it.
        for member in members
        where !["sites", "channels", ManifestStatusPage.key].contains(member.name) && !member.name.hasPrefix("x-") {
            throw Self.wrong(
                name,
                "has `\(Printable.text(member.name, atMost: 60))`; only sites, channels and statusPage can be in it"
            )
        }
        func list(_ key: String) throws -> [JSON]? {
            switch document[key] {
            case nil: return nil
            case .null?: return []
            case .array(let elements)?: return try elements.map { try $0.resolving(environment, in: name) }
            default: throw Self.wrong(name, "has `\(key)` that is no list")
            }
        }
        let sites = try list("sites")
        let channels = try list("channels")
        self.sites = sites ?? []
        self.channels = channels ?? []
        hasSites = sites != nil
        hasChannels = channels != nil
        statusPage = try document[ManifestStatusPage.key].map {
            ManifestStatusPage(try $0.resolving(environment, in: name))
        }
        try checkNames(name)
    }

    private func checkNames(_ file: String) throws {
        for (kind, list) in [("site", sites), ("channel", channels)] {
            var seen: Set<String> = []
            for (index, document) in list.enumerated() {
                guard let name = Self.name(of: document) else {
                    throw Self.wrong(
                        file,
                        "has a \(kind) without \(kind == "site" ? "url" : "name"), number \(index + 1)"
                    )
                }
                guard seen.insert(name).inserted else {
                    throw Self.wrong(file, "has the \(kind) `\(Printable.text(name, atMost: 100))` twice")
                }
            }
        }
    }

    /// What a document is known by: its name, or its URL where it gives none.
    static func name(of document: JSON) -> String? {
        document["name"]?.string ?? document["url"]?.string
    }

    private static func wrong(_ name: String, _ what: String) -> CommandError {
        CommandError(.failure, "\(name) \(what).")
    }
}

extension JSON {
    /// The value with `${NAME}` in its texts replaced.
    ///
    /// - Throws: ``CommandError`` where a variable is not set.
    fileprivate func resolving(_ environment: [String: String], in file: String) throws -> JSON {
        switch self {
        case .string(let text): return .string(try Self.resolve(text, environment, file))
        case .array(let elements): return .array(try elements.map { try $0.resolving(environment, in: file) })
        case .object(let members):
            return .object(try members.map { Member($0.name, try $0.value.resolving(environment, in: file)) })
        default: return self
        }
    }

    private static func resolve(_ text: String, _ environment: [String: String], _ file: String) throws -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.range(of: "${") {
            if rest[..<start.lowerBound].last == "$" {
                output += rest[..<start.lowerBound].dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let name = String(rest[start.upperBound..<end])
            guard let value = environment[name] else {
                throw CommandError(
                    .failure,
                    "\(file) needs the environment variable `\(Printable.text(name, atMost: 100))`, which is not set; set it and apply the file again."
                )
            }
            output += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }
}
