import NIOCore
import Testing

@testable import Redis

@Suite struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<Int>
    private let start = NIODeadline.uptimeNanoseconds(0)
    private let failure = RedisError(.connectionFailed, "refused")

    private static func machine(size: Int = 3, maximumPending: Int = 100) -> Machine {
        Machine(.init(size: size, maximumPending: maximumPending, waitLimit: .seconds(1)))
    }

    private func item(_ request: Int, weight: Int = 1, on connection: Int? = nil) -> Machine.Item {
        Machine.Item(request: request, weight: weight, deadline: start + .seconds(60), connectionID: connection)
    }

    @Test("The first request makes a connection, and those that wait all go to it")
    func firstConnection() {
        var machine = Self.machine()
        #expect(machine.submit(item(1), now: start).connects.map(\.connection) == [1])
        #expect(machine.submit(item(2), now: start).connects.isEmpty)
        let actions = machine.connected(1)
        #expect(actions.assignments.map(\.request) == [1, 2])
        #expect(machine.readyConnection == 1)
        #expect(machine.pendingWeight == 2)
    }

    @Test("A further connection is made only in a crowd, never more than the size, and the emptiest one is taken")
    func grows() {
        var machine = Self.machine(size: 2)
        _ = machine.submit(item(0), now: start)
        _ = machine.connected(1)
        #expect(machine.submit(item(1), now: start).connects.isEmpty)
        let third = machine.submit(item(2), now: start)
        #expect(third.assignments.map(\.connection) == [1])
        #expect(third.connects.map(\.connection) == [2])
        #expect(machine.connected(2).assignments.isEmpty)
        #expect(machine.submit(item(3), now: start).assignments.map(\.connection) == [2])
        for request in 4..<20 { #expect(machine.submit(item(request), now: start).connects.isEmpty) }
    }

    @Test("Failed attempts wait longer and longer, and a useful connection forgets them")
    func backsOff() throws {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        var delays: [Int64] = []
        for id in 1...8 {
            let connect = try #require(machine.connectFailed(id, failure, now: start, random: 0).connects.first)
            delays.append((connect.at - start).nanoseconds / 1_000_000)
        }
        #expect(delays == [50, 100, 200, 400, 500, 500, 500, 500])
        _ = machine.connected(9)
        let again = machine.closed(9, wasUseful: true, now: start, random: 0)
        #expect(again.connects.isEmpty)
        #expect(machine.submit(item(2), now: start).connects.first?.at == start)
    }

    @Test("A server that refuses every command is not connected to in a tight loop")
    func uselessConnectionCountsAsFailure() throws {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        _ = machine.connected(1)
        _ = machine.unfit(1)
        _ = machine.closed(1, wasUseful: false, now: start, random: 0)
        #expect(machine.submit(item(2), now: start).connects.first?.at == start + .milliseconds(50))
    }

    @Test("A request waits only so long for a connection, and then says why there is none")
    func waitLimit() {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        #expect(machine.nextDeadline == start + .seconds(1))
        _ = machine.connectFailed(1, failure, now: start, random: 0)
        #expect(machine.expire(now: start + .milliseconds(999)).refusals.isEmpty)
        let refusals = machine.expire(now: start + .seconds(1)).refusals
        #expect(refusals.map(\.request) == [1])
        #expect(refusals.map(\.1) == [.connectionFailed])
        #expect(refusals.first?.2?.message == "refused")
        #expect(machine.pendingWeight == 0)
    }

    @Test("A refused login fails those that wait at once")
    func refusedLogin() {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        let actions = machine.connectFailed(1, RedisError(.authentication, "no"), now: start, random: 0)
        #expect(actions.refusals.map(\.request) == [1])
        #expect(actions.connects.isEmpty)
    }

    // PITFALLS 2
    @Test("What one connection has met is not met again on all others")
    func allAreLeftTogether() {
        var machine = Self.machine(size: 3)
        var request = 0
        for id in 1...3 {
            while machine.submit(item(request), now: start).connects.isEmpty { request += 1 }
            _ = machine.connected(id)
        }
        #expect(machine.unfit(2).drains == [1, 3])
        #expect(machine.submit(item(8), now: start).connects.map(\.connection) == [4])
        #expect(machine.connected(4).assignments.map(\.connection) == [4])
        // Those that were left before take nothing from the one that came after them.
        #expect(machine.unfit(1).drains.isEmpty)
        #expect(machine.submit(item(9), now: start).assignments.map(\.connection) == [4])
    }

    // PITFALLS 16
    @Test("What waits is bounded, whether it has a connection or not")
    func bound() {
        var machine = Self.machine(maximumPending: 10)
        #expect(machine.submit(item(1, weight: 8), now: start).refusals.isEmpty)
        #expect(machine.submit(item(2, weight: 3), now: start).refusals.map(\.1) == [.tooManyPending])
        _ = machine.connected(1)
        #expect(machine.submit(item(3, weight: 3), now: start).refusals.map(\.1) == [.tooManyPending])
        machine.left(1, weight: 8)
        #expect(machine.submit(item(4, weight: 50), now: start).refusals.isEmpty)
    }

    @Test("What a lost connection had not written goes to the next one, unless it needed that one")
    func returnedRequests() {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        _ = machine.connected(1)
        _ = machine.submit(item(2, on: 1), now: start)
        let actions = machine.returned([item(1), item(2, on: 1)], from: 1, now: start)
        #expect(actions.refusals.map(\.request) == [2])
        #expect(actions.refusals.map(\.1) == [.connectionReplaced])
        #expect(actions.connects.map(\.connection) == [2])
        _ = machine.closed(1, wasUseful: true, now: start, random: 0)
        #expect(machine.connected(2).assignments.map(\.request) == [1])
        #expect(machine.pendingWeight == 1)
    }

    @Test("Shutting down refuses what waits, lets what was sent end, and is over with the last connection")
    func shutDown() {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        _ = machine.connected(1)
        let actions = machine.shutDown()
        #expect(actions.drains == [1])
        #expect(!actions.isShutDown)
        #expect(machine.submit(item(2), now: start).refusals.map(\.1) == [.closed])
        #expect(machine.closed(1, wasUseful: true, now: start, random: 0).isShutDown)
    }

    @Test("A connection that comes while shutting down is closed again")
    func lateConnection() {
        var machine = Self.machine()
        _ = machine.submit(item(1), now: start)
        #expect(machine.shutDown().refusals.map(\.1) == [.closed])
        #expect(machine.connected(1).drains == [1])
        #expect(machine.closed(1, wasUseful: false, now: start, random: 0).isShutDown)
    }

    @Test("Delays are spread at random below their limit")
    func jitter() {
        let backoff = Backoff()
        #expect(backoff.delay(after: 0, random: 0) == .zero)
        #expect(backoff.delay(after: 1, random: 1) == .milliseconds(25))
        #expect(backoff.delay(after: 60, random: 0) == .milliseconds(500))
        #expect(backoff.delay(after: 60, random: 1) == .milliseconds(250))
    }
}
