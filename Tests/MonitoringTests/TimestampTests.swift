import Monitoring
import Testing

@Suite struct TimestampTests {
    @Test(
        "A moment is written as RFC 3339 with milliseconds, and read again",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_772_366_400_250, "2026-03-01T12:00:00.250Z"), (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ]
    )
    func writing(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test("Offsets and decimals are read, and what is no time is refused")
    func reading() {
        #expect(Timestamp(rfc3339: "1970-01-01T01:00:00+01:00") == Timestamp(milliseconds: 0))
        #expect(Timestamp(rfc3339: "1969-12-31T19:00:00.5-05:00") == Timestamp(milliseconds: 500))
        let noon = Timestamp(milliseconds: 1_772_366_400_000)
        #expect(Timestamp(rfc3339: "2026-03-01T14:00:00+02:00") == noon)
        #expect(Timestamp(rfc3339: "2026-03-01t09:30:00.000000-02:30") == noon)
        for text in [
            "2026-03-01", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:00:00",
            "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00Zx", "2026-3-1T12:00:00Z", "", "x",
        ] { #expect(Timestamp(rfc3339: text) == nil, "\(text)") }
    }
}
