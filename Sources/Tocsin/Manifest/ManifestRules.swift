internal import Monitoring
internal import Notifications
internal import Web

/// What the server would make of a file's documents, by its own rules.
struct ManifestRules: Sendable {
    /// The interval of sites that set none, which bounds their timeouts.
    let defaultInterval: Duration

    /// The record that a document asks for, in the form in which the server shows it, or all that is wrong.
    ///
    /// A secret or a header's value that the document does not give is left out, or hidden, there as well.
    ///
    /// - Parameters:
    ///   - kind: What the document is.
    ///   - document: What the file says.
    ///   - current: The server's record of that name, which has the secrets that the document leaves out.
    /// - Returns: The record.
    func record(_ kind: ManifestKind, _ document: JSON, replacing current: JSON?) -> Result<JSON, DocumentProblems> {
        switch kind {
        case .channel: channel(document, replacing: current)
        case .site: site(document, replacing: current)
        }
    }

    private func channel(_ document: JSON, replacing current: JSON?) -> Result<JSON, DocumentProblems> {
        let kept = current?["type"] == document["type"] ? current?["secrets"]?.array?.compactMap(\.string) ?? [] : []
        let given = Set((document["settings"]?.members ?? []).filter { $0.value != .null }.map(\.name))
        let problems = ServerChannelRules.problems(of: document).filter { problem in
            !kept.contains { !given.contains($0) && problem.pointer == "/settings/\($0.escapedForPointer)" }
        }
        guard problems.isEmpty else { return .failure(DocumentProblems(problems: problems)) }
        let members = (document.members ?? []).filter { $0.value != .null && !Defaults.answers.contains($0.name) }
        let defaults = (Defaults.channel.members ?? []).filter { standard in
            !members.contains { $0.name == standard.name }
        }
        return .success(.object(members.map(\.withoutNulls) + defaults))
    }

    private func site(_ document: JSON, replacing current: JSON?) -> Result<JSON, DocumentProblems> {
        let kept = Set((current?["headers"]?.members ?? []).map { $0.name.lowercased() })
        let headers = document["headers"]?.members ?? []
        let whole = document.replacing("headers", headers) { header in
            let isKept = header.value.string == SiteDocument.hiddenValue && kept.contains(header.name.lowercased())
            return isKept ? "kept" : header.value
        }
        switch SiteDocument.settings(from: whole, for: .importing, defaultInterval: defaultInterval) {
        case .success(let settings):
            let shown = SiteDocument.json(of: settings)
            return .success(
                shown.replacing("headers", shown["headers"]?.members ?? []) { header in
                    document["headers"]?[header.name] ?? header.value
                }
            )
        case .failure(let error): return .failure(DocumentProblems(problems: error.problems))
        }
    }
}

extension JSON {
    /// The object with other values in the members of one of its objects.
    fileprivate func replacing(_ name: String, _ inner: [Member], with value: (Member) -> JSON) -> JSON {
        guard let members, self[name]?.members != nil else { return self }
        let replaced = JSON.object(inner.map { Member($0.name, value($0)) })
        return .object(members.map { $0.name == name ? Member(name, replaced) : $0 })
    }
}

extension JSON.Member {
    fileprivate var withoutNulls: JSON.Member {
        JSON.Member(name, value.members.map { .object($0.filter { $0.value != .null }) } ?? value)
    }
}
