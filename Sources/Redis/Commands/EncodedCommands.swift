internal import NIOCore

/// Commands as they go over the wire, made ahead of the moment at which they are sent.
package struct EncodedCommands: Sendable {
    private(set) var payload: ByteBuffer
    package private(set) var count: Int
    /// What errors call them: the name of the first.
    private(set) var name: String

    package init(_ commands: [RedisCommand]) {
        payload = RESPEncoder.encode(commands)
        count = commands.count
        name = commands.first?.name ?? ""
    }

    init(_ payload: ByteBuffer, count: Int, name: String) {
        self.payload = payload
        self.count = count
        self.name = name
    }

    package static func + (first: Self, second: Self) -> Self {
        var sum = first
        if sum.count == 0 { sum.name = second.name }
        sum.payload.writeImmutableBuffer(second.payload)
        sum.count += second.count
        return sum
    }
}
