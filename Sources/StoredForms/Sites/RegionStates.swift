internal import Monitoring
internal import Notifications

/// The states of a site's regions as JSON, the same text as ``StoredJSON`` makes.
///
/// It is read and written at each check. Foundation took a twenty-fifth of a check's processor time to write it.
enum RegionStates {
    static func text(_ states: [String: RegionState]) -> String {
        JSON.object(states.sorted { $0.key < $1.key }.map { .init($0.key, json($0.value)) }).text
    }

    static func states(_ text: String) throws -> [String: RegionState] {
        guard let members = try? JSON(parsing: Array(text.utf8)).members else { return try unusual(text) }
        var states: [String: RegionState] = [:]
        for member in members {
            guard let state = state(member.value) else { return try unusual(text) }
            states[member.name] = state
        }
        return states
    }

    /// What is not as we write it; where it can't be read at all, the error says why.
    private static func unusual(_ text: String) throws -> [String: RegionState] { try StoredJSON.value(from: text) }

    private static func json(_ state: RegionState) -> JSON {
        var members: [JSON.Member] = [
            .init("failures", JSON(state.failures)), .init("slot", JSON(state.slot.milliseconds)),
            .init("successes", JSON(state.successes)),
        ]
        if let verdict = state.verdict { members.append(.init("verdict", .string(verdict.rawValue))) }
        return .object(members)
    }

    private static func state(_ json: JSON) -> RegionState? {
        guard let failures = json["failures"]?.int, let successes = json["successes"]?.int,
            let slot = json["slot"]?.int
        else { return nil }
        let verdict = json["verdict"]?.string.flatMap(Verdict.init(rawValue:))
        guard (verdict == nil) == (json["verdict"] == nil) else { return nil }
        return RegionState(
            verdict: verdict,
            slot: Timestamp(milliseconds: Int64(slot)),
            failures: failures,
            successes: successes
        )
    }
}
