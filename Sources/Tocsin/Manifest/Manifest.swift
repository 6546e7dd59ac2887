internal import Monitoring
internal import Notifications
internal import Yams

/// The file that `tocsin apply` reads and `tocsin export` writes: channels, sites and the status page.
struct Manifest: Sendable, Equatable {
    /// Where everything in the file stands.
    let source: ManifestSource
    /// What the file speaks of, in the order of the kinds; what it doesn't speak of is left alone.
    let sections: [ManifestSection]
    /// What the file says is published; nil where it doesn't speak of it.
    let statusPage: ManifestStatusPage?
    /// What is wrong whatever there is on the server.
    let problems: [FieldProblem]

    /// Reads a file, with `${NAME}` in its values replaced by environment variables; `$${` stands for `${` itself.
    ///
    /// - Throws: ``ManifestError`` where it can't be read as lists of records at all.
    init(yaml text: String, name: String, environment: [String: String]) throws {
        let document = try Self.document(text, name)
        guard let members = document.value.members else { throw Self.unreadable(name, document.line(of: "")) }
        var variables = ManifestVariables(environment)
        var problems = document.problems
        var sections: [ManifestSection] = []
        for kind in ManifestKind.allCases {
            switch document.value[kind.key] {
            case nil: continue
            case .null?: sections.append(ManifestSection(kind: kind, documents: []))
            case .array(let elements)?:
                let documents = elements.enumerated().map { index, element in
                    variables.resolve(element, at: "/\(kind.key)/\(index)")
                }
                sections.append(ManifestSection(kind: kind, documents: documents))
            case let other?:
                problems.append(FieldProblem(pointer: "/\(kind.key)", detail: "Should be a list, not \(other.kind)."))
            }
        }
        statusPage = document.value[ManifestStatusPage.key].map {
            ManifestStatusPage(variables.resolve($0, at: ManifestStatusPage.pointer))
        }
        problems += Self.strangers(among: members) + sections.flatMap { $0.duplicates(in: document) }
        self.problems = problems
        self.sections = sections
        source = ManifestSource(file: name, document: document, variables: variables)
    }

    /// The documents of one kind.
    func documents(of kind: ManifestKind) -> [JSON] {
        sections.first { $0.kind == kind }?.documents ?? []
    }

    private static func document(_ text: String, _ name: String) throws -> YAMLDocument {
        do {
            guard let node = try Yams.compose(yaml: text) else { throw unreadable(name, nil) }
            return YAMLDocument(node)
        } catch let error as ManifestError {
            throw error
        } catch {
            let problem = YAMLProblem(error)
            throw ManifestError(file: name, line: problem.line, "Is not YAML: \(problem.reason).")
        }
    }

    private static func unreadable(_ name: String, _ line: Int?) -> ManifestError {
        let keys = ManifestKind.allCases.map { "`\($0.key):`" }.joined(separator: " or ")
        return ManifestError(
            file: name,
            line: line,
            "Should hold \(keys), each a list, or `\(ManifestStatusPage.key):`."
        )
    }

    /// Keys that mean nothing; those that begin with `x-` are for anchors, as other tools have it.
    private static func strangers(among members: [JSON.Member]) -> [FieldProblem] {
        let known = ManifestKind.allCases.map(\.key) + [ManifestStatusPage.key]
        return members.compactMap { member in
            guard !known.contains(member.name), !member.name.hasPrefix("x-") else { return nil }
            let hint = NearestName.of(member.name, among: known).map { "; did you mean `\($0)`?" } ?? "."
            return FieldProblem(
                pointer: "/\(member.name.escapedForPointer)",
                detail: "Is nothing that a file can hold\(hint) It can hold: \(known.joined(separator: ", "))."
            )
        }
    }
}
