internal import Monitoring
internal import Testing

@Suite("Durations as people write them")
struct DurationTextTests {
    @Test(
        "are read with their units",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("3s", .seconds(3)), ("1.5m", .seconds(90)),
            ("1h30m", .seconds(5_400)),
            ("48h", .seconds(172_800)), ("30d", .seconds(2_592_000)), ("1y", .seconds(31_536_000)), ("0s", .zero),
        ]
    )
    func reading(text: String, duration: Duration) {
        #expect(Duration(text: text) == duration)
    }

    @Test(
        "are refused where they are none",
        arguments: ["", "3", "s", "-3s", "3 s", "3x", "1.2.3s", ".5s", "101y", "3S", "٣s"]
    )
    func refusing(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test(
        "are written as they are read",
        arguments: ["1ms", "999ms", "3s", "60s", "90s", "3m", "2h", "36h", "30d", "0s"]
    )
    func writing(text: String) {
        #expect(Duration(text: text)?.text == text)
    }
}
