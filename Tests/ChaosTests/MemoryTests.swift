internal import Testing

@testable import Chaos

@Suite("The memory of processes")
struct MemoryTests {
    @Test("The first, the most and the last sample are kept, and one beyond the bound is told")
    func bound() {
        var memory = MemoryRecord(bound: 100)
        for bytes in [10, 90, 20] { memory.sampled(.api, bytes) }
        #expect(memory.spans == [.api: MemoryRecord.Span(start: 10, most: 90, end: 20)])
        #expect(memory.violations.isEmpty)
        memory.sampled(.api, 101)
        #expect(memory.violations.counts == [.memoryGrew: 1])
    }
}
