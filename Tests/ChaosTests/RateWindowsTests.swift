internal import Testing

@testable import Chaos

@Suite("The windows of Retry-After")
struct RateWindowsTests {
    private func windows(callAt time: Int64?) -> RateWindows {
        var windows = RateWindows()
        #expect(windows.called(.limited, at: 10_000) == nil)
        windows.limited(.limited, at: 10_000, for: 2_000)
        if let time { _ = windows.called(.limited, at: time) }
        return windows
    }

    @Test("A call inside of the window is told")
    func inside() {
        var windows = windows(callAt: 11_000)
        windows.settle(faults: [], resumed: [])
        #expect(windows.violations.counts == [.calledInsideWindow: 1])
    }

    @Test("A call after it, to another receiver, or on its way when it began, is not")
    func outside() {
        for time in [nil, 10_400, 12_000] as [Int64?] {
            var windows = windows(callAt: time)
            #expect(windows.called(.slack, at: 11_000) == nil)
            windows.settle(faults: [], resumed: [])
            #expect(windows.violations.isEmpty)
        }
    }

    @Test("A sender that was hit before it could tell is excused, and one that was hit long before is not")
    func excused() {
        var excused = windows(callAt: 11_500)
        excused.settle(faults: [10_500...10_900], resumed: [])
        #expect(excused.violations.isEmpty && excused.excused == 1)
        var told = windows(callAt: 11_500)
        told.settle(faults: [8_000...9_000], resumed: [9_000])
        #expect(told.violations.counts == [.calledInsideWindow: 1])
    }

    @Test("What a sender had in hand when it was stopped is excused when it goes on")
    func resumed() {
        var windows = windows(callAt: 11_500)
        windows.settle(faults: [], resumed: [11_400])
        #expect(windows.violations.isEmpty)
    }
}
