import Monitoring
import Testing

@testable import Web

@Suite struct TimestampTests {
    @Test(
        "A moment is written as RFC 3339 with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ]
    )
    func writing(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test("Offsets and fractions are read, and what is no time is not")
    func reading() {
        #expect(Timestamp(rfc3339: "1970-01-01T01:00:00+01:00") == Timestamp(milliseconds: 0))
        #expect(Timestamp(rfc3339: "1969-12-31T19:00:00.5-05:00") == Timestamp(milliseconds: 500))
        for text in ["", "2026-02-29T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "x"] {
            #expect(Timestamp(rfc3339: text) == nil, "\(text)")
        }
    }
}
