internal import ArgumentParser
internal import Notifications

/// Options that say which dead letters are meant.
struct DeadLetterFilterOptions: ParsableArguments {
    @Option(help: "Only those of this channel, by its id.")
    var channel: String?

    @Option(help: "Only those of this event type, or of a family such as site.*.")
    var type: String?

    @Option(help: "Only those whose reason contains this text.")
    var reason: String?

    @Option(help: "Only those that died at this time or later, such as 2026-01-31T12:00:00Z.")
    var since: String?

    @Option(help: "Only those that died before this time.")
    var until: String?

    /// What was said, as the API names it.
    var fields: [(name: String, value: String?)] {
        [("channel", channel), ("type", type), ("reason", reason), ("since", since), ("until", until)]
            .filter { $0.value != nil }
    }
}

/// Dead letters that something is done with: some by their ids, those that match a filter, or all.
struct DeadLetterSelectionOptions: ParsableArguments {
    private static let chunk = 500

    @Argument(help: "Their ids.")
    var ids: [String] = []

    @OptionGroup var filter: DeadLetterFilterOptions

    @Flag(help: "All of them, as there are now.")
    var all = false

    func validate() throws {
        guard [all, !ids.isEmpty, !filter.fields.isEmpty].count(where: { $0 }) == 1 else {
            throw ValidationError(
                "Name the ids of dead letters, or say which with --channel and the like, or say --all."
            )
        }
    }

    /// Sends the selection step by step until all is done.
    ///
    /// - Returns: The sums of the numbers that the answers give under `names`.
    func send(
        _ path: [String],
        _ more: [JSON.Member],
        counting names: [String],
        with client: ServerClient
    ) async throws -> [String: Int] {
        var sums: [String: Int] = [:]
        func step(_ members: [JSON.Member]) async throws -> String? {
            let answer = try await client.send(.post, path, body: .object(members + more))
            for name in names { sums[name, default: 0] += answer[name]?.int ?? 0 }
            return answer["next"]?.string
        }
        guard ids.isEmpty else {
            // In the order of their deaths over all of the chunks.
            let ids = Array(Set(ids)).sorted()
            for start in stride(from: 0, to: ids.count, by: Self.chunk) {
                let chunk = ids[start..<min(start + Self.chunk, ids.count)]
                _ = try await step([.init("ids", .array(chunk.map(JSON.string)))])
            }
            return sums
        }
        let filter = all ? [.init("all", true)] : filter.fields.map { JSON.Member($0.name, JSON($0.value)) }
        var next: String?
        repeat { next = try await step(filter + (next.map { [.init("next", .string($0))] } ?? [])) } while next != nil
        return sums
    }
}
