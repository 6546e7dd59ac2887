import Monitoring
import Testing

@testable import StoredForms

@Suite("The latency histogram")
struct LatencyHistogramTests {
    @Test("a value is answered within 5 %, from a microsecond to an hour")
    func accuracy() {
        var value = 1.0
        while value < 3.6e9 {
            var histogram = LatencyHistogram()
            histogram.add(microseconds: Int64(value))
            let answer = Double(histogram.quantiles([0.5])[0] ?? 0)
            // Answers are whole microseconds.
            #expect(abs(answer - Double(Int64(value))) <= Double(Int64(value)) * 0.05 + 0.51, "\(value): \(answer)")
            value *= 1.013
        }
    }

    @Test("percentiles are those of the sorted values")
    func percentiles() {
        var histogram = LatencyHistogram()
        for value in 1...1_000 { histogram.add(microseconds: Int64(value * 1_000)) }
        let answers = histogram.quantiles([0.5, 0.95, 0.99, 1]).map { Double($0 ?? 0) }
        for (answer, exact) in zip(answers, [500_000.0, 950_000, 990_000, 1_000_000]) {
            #expect(abs(answer / exact - 1) < 0.051)
        }
    }

    @Test("merging parts is the same as counting all at once")
    func merging() {
        var whole = LatencyHistogram()
        var merged = LatencyHistogram()
        for part in 0..<10 {
            var histogram = LatencyHistogram()
            for value in 0..<50 {
                let microseconds = Int64(part * 1_000 + value * 77)
                whole.add(microseconds: microseconds)
                histogram.add(microseconds: microseconds)
            }
            merged.merge(histogram)
        }
        #expect(whole == merged)
        #expect(whole.count == 500)
    }

    @Test("bytes read back as they were, and cut ones are refused")
    func bytes() throws {
        var histogram = LatencyHistogram()
        for value in 1...500 { histogram.add(microseconds: Int64(value * value)) }
        var bytes: [UInt8] = []
        histogram.write(to: &bytes)
        var rest = bytes[...]
        #expect(LatencyHistogram(reading: &rest) == histogram)
        #expect(rest.isEmpty)
        for length in 0..<bytes.count {
            var cut = bytes[..<length]
            #expect(LatencyHistogram(reading: &cut) == nil, "\(length)")
        }
        var row = RollupRow()
        row.entries[3, default: RollupEntry()].latency = histogram
        row.entries[3]?.up = 300
        row.entries[3]?.degraded = 1
        row.entries[59, default: RollupEntry()].down = 7
        #expect(try RollupRow(row.data) == row)
    }

    @Test("one check a minute takes seven bytes of a rollup")
    func compact() {
        var row = RollupRow()
        for minute in 0..<60 { row.entries[UInt8(minute), default: RollupEntry()].add(.up, answeredIn: 143_000) }
        #expect(row.data.count == 60 * 7)
    }

    @Test("nothing counted has no percentile")
    func empty() {
        #expect(LatencyHistogram().quantiles([0.5, 1]) == [nil, nil])
    }
}
