internal import Foundation
internal import NIOCore
internal import NIOPosix

extension RedisServer {
    /// Sends one command over a connection of its own, apart from all clients of ours.
    ///
    /// - Parameters:
    ///   - words: The command.
    ///   - port: Another way to the server than its own port, such as a forwarder's.
    ///   - limit: How long the answer may take.
    /// - Returns: The reply, which is a number or a text; an empty one where it is null.
    /// - Throws: Where there is no answer, or an error.
    @discardableResult
    package func ask(
        _ words: String...,
        through port: Int? = nil,
        within limit: Duration = .seconds(5)
    ) async throws -> String {
        try await Self.ask(words, port: port ?? self.port, within: limit)
    }

    /// The value of a field of INFO.
    package func info(_ field: String) async throws -> String? {
        try await ask("INFO", "everything").split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("\(field):") }
            .map { String($0.dropFirst(field.count + 1)) }
    }

    private static func ask(_ words: [String], port: Int, within limit: Duration) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(limit))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let deadline = channel.channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            channel.channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            let request = words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await buffer in inbound {
                text += String(buffer: buffer)
                if let reply = try Self.reply(in: text) { return reply }
            }
            throw Failure(description: "\(words.first ?? "") was not answered: \(text)")
        }
    }

    /// The reply that a text begins with, once it is whole.
    private static func reply(in text: String) throws -> String? {
        guard let end = text.range(of: "\r\n") else { return nil }
        let line = text[..<end.lowerBound]
        if line.first == "-" { throw Failure(description: String(line)) }
        guard line.first == "$" else { return String(line.dropFirst()) }
        guard let length = Int(line.dropFirst()), length >= 0 else { return "" }
        let rest = text[end.upperBound...].utf8
        return rest.count >= length + 2 ? String(decoding: rest.prefix(length), as: UTF8.self) : nil
    }
}
