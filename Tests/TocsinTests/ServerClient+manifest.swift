internal import Notifications
internal import Synchronization

@testable internal import Tocsin

extension ServerClient {
    /// What `tocsin export` prints.
    func exported() async throws -> String {
        let text = Mutex("")
        var writer = ManifestWriter(.printing { piece in text.withLock { $0 += piece } })
        for kind in ManifestKind.allCases { try await writer.write(kind, of: self) }
        writer.finish()
        return text.withLock { $0 }
    }

    /// What `tocsin apply --dry-run` prints.
    func changes(
        _ text: String,
        prunes: Bool = false,
        environment: [String: String] = [:]
    ) async throws -> [String] {
        let manifest = try Manifest(yaml: text, name: "tocsin.yaml", environment: environment)
        return try await ManifestPlan(manifest, prunes: prunes).changes(with: self).map(\.line)
    }

    /// Does what `tocsin apply` does, and returns the difference that it prints.
    func applied(
        _ text: String,
        prunes: Bool = false,
        environment: [String: String] = [:]
    ) async throws -> [String] {
        let manifest = try Manifest(yaml: text, name: "tocsin.yaml", environment: environment)
        let changes = try await ManifestPlan(manifest, prunes: prunes).changes(with: self)
        try await ManifestApplier(client: self, terminal: .printing { _ in }, source: manifest.source).apply(changes)
        return changes.map(\.line)
    }

    /// All records as the server shows them.
    func records(_ kind: ManifestKind) async throws -> [JSON] {
        var records: [JSON] = []
        try await pages(kind.path, by: kind.cursor) { records += $0 }
        return records
    }
}

extension Terminal {
    fileprivate static func printing(_ output: @escaping @Sendable (String) -> Void) -> Terminal {
        Terminal(
            isInteractive: false,
            hasInteractiveErrors: false,
            environment: [:],
            output: output,
            errors: { _ in }
        )
    }
}
