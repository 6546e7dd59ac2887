internal import NIOCore

/// Commands as they go over the wire, made ahead of the moment at which they are sent.
package struct EncodedCommands: Sendable, ExpressibleByArrayLiteral {
    /// One after the other, never empty ones.
    let payloads: [ByteBuffer]
    package let count: Int
    /// What errors call them: the name of the first.
    let name: String

    package init(_ commands: [RedisCommand]) {
        self.init(RESPEncoder.encode(commands), count: commands.count, name: commands.first?.name ?? "")
    }

    package init(arrayLiteral commands: RedisCommand...) { self.init(commands) }

    init(_ payload: ByteBuffer, count: Int, name: String) {
        self.init(count > 0 ? [payload] : [], count: count, name: name)
    }

    private init(_ payloads: [ByteBuffer], count: Int, name: String) {
        self.payloads = payloads
        self.count = count
        self.name = name
    }

    var readableBytes: Int { payloads.reduce(0) { $0 + $1.readableBytes } }

    package static func + (first: Self, second: Self) -> Self {
        Self(
            first.payloads + second.payloads,
            count: first.count + second.count,
            name: first.count > 0 ? first.name : second.name
        )
    }
}
