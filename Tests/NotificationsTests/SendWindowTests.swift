import Testing

@testable import Notifications

@Suite struct SendWindowTests {
    @Test("It begins with one and doubles each round, up to its cap")
    func growth() {
        var window = SendWindow(cap: 16)
        var sizes: [Int] = []
        for _ in 0..<6 {
            sizes.append(window.size)
            for _ in 0..<window.size { window.succeeded() }
        }
        #expect(sizes == [1, 2, 4, 8, 16, 16])
    }

    @Test("A limit takes it back to one; beyond half of where it was it grows slowly")
    func limit() {
        var window = SendWindow(cap: 16)
        for _ in 0..<15 { window.succeeded() }
        window.limited()
        #expect(window.size == 1)
        for _ in 0..<7 { window.succeeded() }
        #expect(window.size == 8)
        for _ in 0..<(8 * 16 - 1) { window.succeeded() }
        #expect(window.size == 8)
        window.succeeded()
        #expect(window.size == 9)
    }

    @Test("A receiver that limits a single attempt gets one at a time for a while")
    func strict() {
        var window = SendWindow(cap: 16)
        window.limited()
        for _ in 0..<15 { window.succeeded() }
        #expect(window.size == 1)
    }
}
