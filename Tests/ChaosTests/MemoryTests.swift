internal import Testing

@testable import Chaos

@Suite("The memory of processes")
struct MemoryTests {
    @Test("The first, the most and the last sample are kept, and one far beyond the first is told")
    func bound() {
        var memory = MemoryRecord()
        let most = 150 + MemoryRecord.allowance
        for bytes in [100, most, 20] { memory.sampled(.api, bytes) }
        #expect(memory.spans == [.api: MemoryRecord.Span(start: 100, most: most, end: 20)])
        #expect(memory.violations.isEmpty)
        memory.sampled(.api, most + 1)
        #expect(memory.violations.counts == [.memoryGrew: 1])
    }
}
