internal import Notifications
internal import TestSupport
internal import Testing

@testable internal import Tocsin

/// What holds for every set of sites and channels; the seed of a failure is the argument of its test.
@Suite struct ManifestPropertyTests {
    private static let seeds = Array(1...12 as ClosedRange<UInt64>)

    private func add(_ documents: [ManifestKind: [JSON]], to client: ServerClient) async throws {
        for kind in ManifestKind.allCases {
            for document in documents[kind] ?? [] { _ = try await client.send(.post, kind.path, body: document) }
        }
    }

    private func records(_ client: ServerClient) async throws -> [JSON] {
        try await client.records(.channel) + client.records(.site)
    }

    /// A file as people might have written it, with the documents as they are.
    private func file(_ documents: [ManifestKind: [JSON]]) throws -> String {
        try ManifestKind.allCases.map { kind in
            let list = documents[kind] ?? []
            return list.isEmpty
                ? "\(kind.key): []\n" : "\(kind.key):\n" + (try ManifestWriter.text(of: list.map(\.escapingVariables)))
        }.joined()
    }

    @Test(arguments: seeds)
    func `what was exported changes nothing where it came from`(seed: UInt64) async throws {
        var generator = ManifestGenerator(seed: seed, hasSecrets: true)
        let documents = [
            ManifestKind.channel: generator.documents(of: .channel), .site: generator.documents(of: .site),
        ]
        try await CommandServer.with { client in
            try await add(documents, to: client)
            let before = try await records(client)
            let text = try await client.exported()
            #expect(try await client.changes(text, prunes: true) == [], "\(text)")
            #expect(try await client.applied(text, prunes: true) == [])
            #expect(try await records(client) == before)
        }
    }

    @Test(arguments: seeds)
    func `what was exported makes an empty server the same`(seed: UInt64) async throws {
        var generator = ManifestGenerator(seed: seed, hasSecrets: false)
        let documents = [
            ManifestKind.channel: generator.documents(of: .channel), .site: generator.documents(of: .site),
        ]
        try await CommandServer.with { client in
            try await add(documents, to: client)
            let text = try await client.exported()
            try await CommandServer.with { other in
                _ = try await other.applied(text)
                #expect(try await other.exported() == text)
            }
        }
    }

    @Test(arguments: seeds)
    func `what is applied with --prune is what is there afterwards, and a dry run tells it`(seed: UInt64) async throws {
        var generator = ManifestGenerator(seed: seed, hasSecrets: false)
        let old = [ManifestKind.channel: generator.documents(of: .channel), .site: generator.documents(of: .site)]
        let new: [ManifestKind: [JSON]] = [
            .channel: generator.changed(old[.channel] ?? [], of: .channel),
            .site: generator.changed(old[.site] ?? [], of: .site),
        ]
        let text = try file(new)
        try await CommandServer.with { client in
            try await add(old, to: client)
            let before = try await records(client)
            let told = try await client.changes(text, prunes: true)
            #expect(try await records(client) == before)

            #expect(try await client.applied(text, prunes: true) == told)
            let after = try await records(client)
            #expect(told.isEmpty == (after == before))
            #expect(try await client.changes(text, prunes: true) == [], "\(text)")

            try await CommandServer.with { fresh in
                try await add(new, to: fresh)
                #expect(try await wanted(client) == wanted(fresh))
            }
        }
    }

    /// What the server was asked for, whatever the order.
    private func wanted(_ client: ServerClient) async throws -> [String] {
        try await records(client).map { record in
            JSON.object((record.members ?? []).filter { $0.name == "defaults" || !Defaults.answers.contains($0.name) })
                .text
        }.sorted()
    }
}
