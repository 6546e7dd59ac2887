import Testing

@testable import Monitoring

@Suite struct CheckDeskTests {
    private func job(_ id: String) -> HeldJob {
        HeldJob(
            id: id,
            job: CheckJob(websiteID: "1", url: "https://a.example", slot: Timestamp(milliseconds: 0), revision: 1),
            slot: Timestamp(milliseconds: 0),
            crashes: 2
        )
    }

    @Test func `a job that comes back while its first check still runs is not begun once more`() {
        var desk = CheckDesk(capacity: 4)
        #expect(desk.take([job("1-1")]).count == 1)
        #expect(desk.take([job("1-1"), job("2-1")]).map(\.id) == ["2-1"])
        desk.release(["1-1"])
        #expect(desk.held == ["2-1"])
        #expect(desk.take([job("1-1")]).count == 1)
    }
}
