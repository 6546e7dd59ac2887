internal import Notifications

/// Makes the changes of a plan, one after the other.
struct ManifestApplier {
    let client: ServerClient
    let terminal: Terminal
    /// Where the changes are asked for.
    let source: ManifestSource

    /// Makes the changes; a secret that the server made is printed, once.
    func apply(_ changes: [ManifestChange]) async throws {
        var line = ProgressLine(terminal)
        defer { line.clear() }
        for (index, change) in changes.enumerated() {
            line.show("Applying \(index + 1) of \(changes.count)")
            do {
                try await make(change, &line)
            } catch let error as CommandError {
                throw explained(error, change, done: index, of: changes.count)
            }
        }
    }

    private func make(_ change: ManifestChange, _ line: inout ProgressLine) async throws {
        let path = change.kind.path
        switch change.action {
        case .add(let record, _):
            tell(try await client.send(.post, path, body: record), change.name, given: record, &line)
        case .change(let id, let patch, _, _):
            tell(try await client.send(.patch, path + [id], body: patch), change.name, given: patch, &line)
        case .remove(let id): _ = try await client.send(.delete, path + [id])
        }
    }

    /// Prints a secret that the answer shows though it was not given: it has just been made, and is never shown again.
    private func tell(_ made: JSON, _ name: String, given: JSON, _ line: inout ProgressLine) {
        guard given["settings"]?["secret"] == nil, let secret = made["settings"]?["secret"]?.string else { return }
        line.clear()
        terminal.print("secret of \(Printable.text(name, atMost: 200)): \(secret)")
    }

    /// Why it went no further: by lines of the file where the server names the fields that it refuses.
    private func explained(_ error: CommandError, _ change: ManifestChange, done: Int, of count: Int) -> any Error {
        let made = done == 0 ? "" : "\(done) of \(count) changes are made"
        if let refusal = error.cause as? ProblemDocument, !refusal.fields.isEmpty, let pointer = change.pointer {
            return source.error(
                refusal.fields.map { $0.below(pointer) },
                ending: made.isEmpty ? nil : "\(made); mend the file and apply it again to go on."
            )
        }
        let name = Printable.text(change.name, atMost: 200)
        let rest = made.isEmpty ? "" : " \(made); apply the file again to go on."
        return CommandError(error.status, "\(change.kind.rawValue) \(name): \(error.message)\(rest)", cause: error)
    }
}
