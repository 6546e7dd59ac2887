import Monitoring
import Testing

@testable import StoredForms

@Suite struct RegionStatesTests {
    private static let samples: [[String: RegionState]] = [
        [:],
        ["default": RegionState(verdict: .up, slot: Timestamp(milliseconds: 1_700_000_000_000), successes: 12)],
        [
            "eu-west": RegionState(verdict: .down, slot: Timestamp(milliseconds: -1), failures: 3),
            "asia": RegionState(slot: Timestamp(milliseconds: 0)),
            "us.1": RegionState(verdict: .degraded, slot: Timestamp(milliseconds: .max), failures: 1, successes: .max),
        ],
    ]

    @Test("They are the text that all else in the database is written by", arguments: samples)
    func text(states: [String: RegionState]) throws {
        #expect(try RegionStates.text(states) == StoredJSON.text(states))
        #expect(try RegionStates.states(RegionStates.text(states)) == states)
    }

    @Test("What was written otherwise is read as well")
    func otherwise() throws {
        let text = #" {"default": {"verdict":null, "slot":1.0, "failures":0, "successes":2, "more":true}} "#
        let state = RegionState(slot: Timestamp(milliseconds: 1), successes: 2)
        #expect(try RegionStates.states(text) == ["default": state])
    }

    @Test(
        "What can't be read is an error",
        arguments: ["", "[]", #"{"a":1}"#, #"{"a":{"slot":1,"failures":0,"successes":0,"verdict":"sideways"}}"#]
    )
    func unreadable(text: String) {
        #expect(throws: DecodingError.self) { try RegionStates.states(text) }
    }
}
