internal import Notifications

/// Makes the changes of a difference, one after the other.
struct ManifestApplier {
    let client: ServerClient
    let terminal: Terminal

    /// Makes the changes; a secret that the server made is printed, once.
    func apply(_ changes: [ManifestChange]) async throws {
        var line = ProgressLine(terminal)
        defer { line.clear() }
        for (index, change) in changes.enumerated() {
            line.show("Applying \(index + 1) of \(changes.count)")
            let path = ["v1", change.kind == .site ? "sites" : "channels"]
            switch change.action {
            case .add(let document):
                let made = try await client.send(.post, path, body: document)
                if change.kind == .channel, let secret = made["settings"]?["secret"]?.string,
                    document["settings"]?["secret"] == nil
                {
                    line.clear()
                    terminal.print("secret of \(Printable.text(change.name)): \(secret)")
                }
            case .change(let id, let document, let fields):
                // A merge patch with null for each field that the file leaves out, so that it takes its default.
                let patch = Self.patch(
                    document,
                    fields: fields,
                    standard: change.kind == .site ? Defaults.site : Defaults.channel
                )
                _ = try await client.send(.patch, path + [id], body: patch)
            case .remove(let id):
                _ = try await client.send(.delete, path + [id])
            }
        }
    }

    /// The document, with null for what it leaves out and what therefore must take its default.
    static func patch(_ document: JSON, fields: [String], standard: JSON) -> JSON {
        let missing = (standard.members ?? []).filter { member in
            document[member.name] == nil && fields.contains { $0 == member.name || $0.hasPrefix(member.name + ".") }
        }
        let readOnly: Set<String> = [
            "id", "state", "since", "uptime24h", "latest", "revision", "defaults", "createdAt", "updatedAt", "secrets",
            "disabledReason",
        ]
        let own = (document.members ?? []).filter { !readOnly.contains($0.name) }
        return .object(own + missing.map { JSON.Member($0.name, .null) })
    }
}
