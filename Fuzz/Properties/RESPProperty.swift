import NIOCore

@testable import Redis

/// A reply is read the same however its bytes arrive, and within the limits.
enum RESPProperty {
    /// Small, so that short inputs reach them.
    private static let limits = RESPLimits(string: 4_096, line: 256, elements: 512, reply: 8_192, depth: 8)

    static func check(_ bytes: [UInt8]) throws {
        let whole = read(pieces: [bytes[...]])
        let single = read(pieces: bytes.indices.map { bytes[$0...$0] })
        try Violation.unless(whole == single, "read whole: \(whole), byte by byte: \(single)")
        // The first byte also tells where to cut.
        let cut = min(Int(bytes.first ?? 0), bytes.count)
        let halves = read(pieces: [bytes[..<cut], bytes[cut...]])
        try Violation.unless(whole == halves, "read whole: \(whole), cut at \(cut): \(halves)")
    }

    private struct Reading: Equatable {
        /// As text, since a NaN is not equal to itself.
        var values: [String] = []
        var failure: RedisError.Code?
    }

    private static func read(pieces: [ArraySlice<UInt8>]) -> Reading {
        var parser = RESPParser(limits: limits)
        var buffer = ByteBuffer()
        var reading = Reading()
        do throws(RedisError) {
            for piece in pieces {
                buffer.writeBytes(piece)
                while let value = try parser.next(&buffer) { reading.values.append("\(value)") }
            }
        } catch {
            reading.failure = error.code
        }
        return reading
    }
}
