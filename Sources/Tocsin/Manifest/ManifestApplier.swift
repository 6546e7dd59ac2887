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
            do {
                try await make(change, &line)
            } catch let error as CommandError {
                let done =
                    index == 0 ? "" : " \(index) of \(changes.count) changes are made; apply the file again to go on."
                let name = Printable.text(change.name, atMost: 200)
                throw CommandError(
                    error.status,
                    "\(change.kind.rawValue) \(name): \(error.message)\(done)",
                    cause: error
                )
            }
        }
    }

    private func make(_ change: ManifestChange, _ line: inout ProgressLine) async throws {
        let path = ["v1", change.kind == .site ? "sites" : "channels"]
        switch change.action {
        case .add(let document):
            let made = try await client.send(.post, path, body: document.withoutAnswers)
            guard change.kind == .channel, document["settings"]?["secret"] == nil,
                let secret = made["settings"]?["secret"]?.string
            else { return }
            line.clear()
            terminal.print("secret of \(Printable.text(change.name, atMost: 200)): \(secret)")
        case .change(let id, let patch, _): _ = try await client.send(.patch, path + [id], body: patch)
        case .remove(let id): _ = try await client.send(.delete, path + [id])
        }
    }
}

extension JSON {
    /// The document without what only answers have.
    fileprivate var withoutAnswers: JSON {
        .object((members ?? []).filter { !Defaults.answers.contains($0.name) })
    }
}
