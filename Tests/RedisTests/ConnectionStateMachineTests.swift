import NIOCore
import Testing

@testable import Redis

@Suite struct ConnectionStateMachineTests {
    private typealias Machine = ConnectionStateMachine<Int>
    private static let later = NIODeadline.uptimeNanoseconds(1_000)

    private static func ready(maximumPending: Int = 100) -> Machine {
        var machine = Machine(
            handshake: Handshake(user: nil, password: nil, clientName: "", database: 0),
            maximumPending: maximumPending
        )
        _ = machine.connected()
        _ = machine.receive(.map([]))
        return machine
    }

    private static func write(_ requests: [(Int, replies: Int)], in machine: inout Machine) {
        for (request, replies) in requests {
            #expect(machine.enqueue(request, replies: replies, deadline: later) == .accepted)
            #expect(machine.nextToWrite { _ in true }.write == request)
        }
    }

    @Test("Nothing is taken before the login is through")
    func refusesBeforeLogin() {
        var machine = Machine(
            handshake: Handshake(user: nil, password: nil, clientName: "", database: 0),
            maximumPending: 100
        )
        #expect(machine.enqueue(1, replies: 1, deadline: Self.later) == .refused)
        #expect(machine.connected() == [RedisCommand("HELLO", 3)])
        #expect(machine.enqueue(1, replies: 1, deadline: Self.later) == .refused)
        guard case .handshake(.ready) = machine.receive(.map([])) else {
            Issue.record("not ready")
            return
        }
        #expect(machine.state == .ready)
        #expect(machine.enqueue(1, replies: 1, deadline: Self.later) == .accepted)
    }

    @Test("Replies belong to requests in the order of writing, each request with its number of them")
    func matchesInOrder() {
        var machine = Self.ready()
        Self.write([(1, 2), (2, 1)], in: &machine)
        guard case .none = machine.receive(.integer(10)), case .complete(1, let first) = machine.receive(.integer(11)),
            case .complete(2, let second) = machine.receive(.integer(20))
        else {
            Issue.record("matched otherwise")
            return
        }
        #expect(first == [.integer(10), .integer(11)])
        #expect(second == [.integer(20)])
        #expect(machine.pendingCommands == 0)
    }

    @Test("A push message answers no command")
    func pushIsNoReply() {
        var machine = Self.ready()
        Self.write([(1, 1)], in: &machine)
        guard case .none = machine.receive(.push([.integer(1)])),
            case .complete(1, let replies) = machine.receive(.integer(5))
        else {
            Issue.record("the push was matched")
            return
        }
        #expect(replies == [.integer(5)])
    }

    // PITFALLS 3
    @Test("A reply that nobody asked for closes the connection")
    func unaskedReply() {
        var machine = Self.ready()
        guard case .close(let error) = machine.receive(.integer(1)) else {
            Issue.record("it stayed open")
            return
        }
        #expect(error.code == .protocolViolation)
    }

    @Test("When the connection is lost, what was written is told apart from what was not")
    func loss() {
        var machine = Self.ready()
        Self.write([(1, 1), (2, 1)], in: &machine)
        #expect(machine.enqueue(3, replies: 1, deadline: Self.later) == .accepted)
        let (written, queued) = machine.close()
        #expect(written == [1, 2])
        #expect(queued == [3])
        #expect(machine.enqueue(4, replies: 1, deadline: Self.later) == .refused)
    }

    @Test("A request that nobody wants any more is not written, and its neighbours are")
    func unwantedIsDropped() {
        var machine = Self.ready()
        for request in 1...3 { #expect(machine.enqueue(request, replies: 1, deadline: Self.later) == .accepted) }
        #expect(machine.nextToWrite { $0 != 2 }.write == 1)
        let (next, dropped) = machine.nextToWrite { $0 != 2 }
        #expect(next == 3)
        #expect(dropped == [2])
        #expect(machine.pendingCommands == 2)
    }

    // PITFALLS 16
    @Test("The number of pending commands is bounded, and a single large request passes alone")
    func bound() {
        var machine = Self.ready(maximumPending: 10)
        #expect(machine.enqueue(1, replies: 50, deadline: Self.later) == .accepted)
        #expect(machine.enqueue(2, replies: 1, deadline: Self.later) == .tooManyPending)
        machine = Self.ready(maximumPending: 10)
        #expect(machine.enqueue(1, replies: 9, deadline: Self.later) == .accepted)
        #expect(machine.enqueue(2, replies: 2, deadline: Self.later) == .tooManyPending)
        #expect(machine.enqueue(3, replies: 1, deadline: Self.later) == .accepted)
    }

    @Test("A late reply costs the connection; what was not written in time is only dropped")
    func deadlines() {
        var machine = Self.ready()
        #expect(machine.enqueue(1, replies: 1, deadline: .uptimeNanoseconds(10)) == .accepted)
        #expect(machine.enqueue(2, replies: 1, deadline: .uptimeNanoseconds(20)) == .accepted)
        #expect(machine.earliestDeadline == .uptimeNanoseconds(10))
        guard case .none = machine.expire(now: .uptimeNanoseconds(9)) else {
            Issue.record("it was too early")
            return
        }
        guard case .drop([1]) = machine.expire(now: .uptimeNanoseconds(10)) else {
            Issue.record("not dropped")
            return
        }
        #expect(machine.nextToWrite { _ in true }.write == 2)
        guard case .close(2) = machine.expire(now: .uptimeNanoseconds(20)) else {
            Issue.record("not closed")
            return
        }
    }

    // PITFALLS 15
    @Test(
        "A server that can't serve us is left after the last reply",
        arguments: ["READONLY You can't write against a read only replica.", "LOADING Redis is loading the dataset"]
    )
    func leavesUnfitServer(line: String) {
        var machine = Self.ready()
        Self.write([(1, 1), (2, 1)], in: &machine)
        #expect(machine.enqueue(3, replies: 1, deadline: Self.later) == .accepted)
        guard case .complete(1, _) = machine.receive(.error(.init(line: line))) else {
            Issue.record("not answered")
            return
        }
        #expect(machine.state == .draining)
        #expect(!machine.wasUseful)
        #expect(machine.takeQueued() == [3])
        #expect(machine.enqueue(4, replies: 1, deadline: Self.later) == .refused)
        #expect(!machine.isDrained)
        guard case .complete(2, _) = machine.receive(.integer(1)) else {
            Issue.record("the neighbour was not answered")
            return
        }
        #expect(machine.isDrained)
    }

    @Test("Other errors leave the connection in use")
    func otherErrors() {
        var machine = Self.ready()
        Self.write([(1, 1), (2, 1)], in: &machine)
        for line in ["UNBLOCKED client unblocked", "CLUSTERDOWN The cluster is down"] {
            guard case .complete = machine.receive(.error(.init(line: line))) else {
                Issue.record("not answered")
                return
            }
        }
        #expect(machine.state == .ready)
    }
}
