import NIOCore
import NIOTestUtils
import TestSupport
import Testing

@testable import Redis

@Suite struct RESPParserTests {
    private static func text(_ text: String) -> RESPValue { .bulkString(ByteBuffer(string: text)) }

    /// Every type of both versions, on the wire and read.
    static let samples: [(String, RESPValue)] = [
        ("+OK\r\n", .simpleString("OK")),
        ("+\r\n", .simpleString("")),
        ("-WRONGTYPE no\r\n", .error(RedisReplyError(code: "WRONGTYPE", message: "no"))),
        ("-no code here\r\n", .error(RedisReplyError(code: "ERR", message: "no code here"))),
        (":-9223372036854775808\r\n", .integer(.min)),
        (":+7\r\n", .integer(7)),
        ("$5\r\nhello\r\n", text("hello")),
        ("$4\r\n\r\n\r\n\r\n", text("\r\n\r\n")),
        ("$0\r\n\r\n", text("")),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*3\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n$-1\r\n", .array([text("a"), .array([.integer(1), .array([])]), .null])),
        ("_\r\n", .null),
        ("#t\r\n", .boolean(true)),
        ("#f\r\n", .boolean(false)),
        (",-1.5e3\r\n", .double(-1500)),
        (",inf\r\n", .double(.infinity)),
        ("(3492890328409238509324850943850943825024385\r\n", .bigNumber("3492890328409238509324850943850943825024385")),
        ("!9\r\nERR a\r\nb!\r\n", .error(RedisReplyError(code: "ERR", message: "a\r\nb!"))),
        ("=8\r\ntxt:some\r\n", .verbatim(format: "txt", ByteBuffer(string: "some"))),
        (
            "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n",
            .map([.init(.simpleString("a"), .integer(1)), .init(.simpleString("b"), .array([.integer(2)]))])
        ),
        ("%0\r\n", .map([])),
        ("~2\r\n:1\r\n:2\r\n", .set([.integer(1), .integer(2)])),
        (">2\r\n+message\r\n+x\r\n", .push([.simpleString("message"), .simpleString("x")])),
        ("|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n|1\r\n+x\r\n:9\r\n:2\r\n", .array([.integer(1), .integer(2)])),
        ("|0\r\n:5\r\n", .integer(5)),
    ]

    @Test("Every type is read the same however its bytes arrive")
    func verifiesUnderFragmentation() throws {
        try ByteToMessageDecoderVerifier.verifyDecoder(
            stringInputOutputPairs: Self.samples.map { ($0.0, [$0.1]) },
            decoderFactory: { RESPDecoder() }
        )
    }

    @Test("A stream of replies is read the same when it is split at any one byte")
    func splitAtEveryByte() throws {
        let bytes = Array(Self.samples.map(\.0).joined().utf8)
        let expected = Self.samples.map(\.1)
        for split in 0...bytes.count {
            #expect(try Self.parse([bytes[..<split], bytes[split...]]) == expected, "split at \(split)")
        }
    }

    @Test("A stream of replies is read the same when it is split at random", arguments: 0..<200 as Range<UInt64>)
    func randomSplits(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        var expected: [RESPValue] = []
        for _ in 0..<20 {
            let (text, value) = Self.samples[Int.random(in: Self.samples.indices, using: &generator)]
            bytes += Array(text.utf8)
            expected.append(value)
        }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(rest.count, 9), using: &generator)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        #expect(try Self.parse(pieces) == expected)
    }

    @Test("Random bytes are read or refused, never trapped on", arguments: 0..<500 as Range<UInt64>)
    func randomBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*_#,(!=%~>|0123456789\r\n\r\n\r\naxt".utf8)
        let bytes = (0..<64).compactMap { _ in alphabet.randomElement(using: &generator) }
        do {
            _ = try Self.parse([bytes[...]])
        } catch let error as RedisError {
            #expect(error.code == .protocolViolation)
        }
    }

    @Test("An array that comes in pieces is not parsed anew with each piece")
    func resumes() throws {
        var parser = RESPParser()
        var buffer = ByteBuffer(string: "*3\r\n:1\r\n:2\r\n")
        #expect(try parser.next(&buffer) == nil)
        // What was read is gone from the buffer: nothing is left to be parsed a second time.
        #expect(buffer.readableBytes == 0)
        buffer.writeString(":3\r\n")
        #expect(try parser.next(&buffer) == .array([.integer(1), .integer(2), .integer(3)]))
    }

    @Test(
        "What is no RESP is refused with what is wrong with it",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n", "byte 72 begins no RESP value"),
            (":12a\r\n", "not an integer"),
            (":\r\n", "not an integer"),
            (":99999999999999999999\r\n", "not an integer"),
            ("+OK\n", "without CR"),
            ("$-2\r\n", "the length -2"),
            ("$3\r\nabcd\r\n", "longer than its length"),
            ("*-2\r\n", "the length -2"),
            ("!-1\r\n", "the length -1"),
            ("#x\r\n", "malformed"),
            ("_x\r\n", "malformed"),
            (",x\r\n", "not a number"),
            ("(12x\r\n", "not a number"),
            ("=3\r\nabc\r\n", "does not name its format"),
            ("*1\r\n>1\r\n:1\r\n", "inside of a reply"),
            ("$101\r\n", "over the limit of 100"),
            ("*11\r\n", "over the limit of 10"),
            ("%6\r\n", "over the limit of 10"),
            ("*4\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*3\r\n", "over the limit of 10 elements"),
            ("*2\r\n$80\r\n" + String(repeating: "x", count: 80) + "\r\n$80\r\n", "over the limit of 150 bytes"),
            ("*1\r\n*1\r\n*1\r\n*1\r\n", "more than 3 deep"),
            ("+" + String(repeating: "x", count: 60), "a line is over the limit of 50"),
            ("+" + String(repeating: "x", count: 60) + "\r\n", "a line is over the limit of 50"),
        ]
    )
    func refuses(text: String, reason: String) throws {
        let limits = RESPLimits(string: 100, line: 50, elements: 10, reply: 150, depth: 3)
        for pieceSize in [1, text.utf8.count] {
            let error = try #require(throws: RedisError.self) {
                try Self.parse(Self.pieces(of: Array(text.utf8), size: pieceSize), limits: limits)
            }
            #expect(error.code == .protocolViolation)
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test("The limits count anew with each reply")
    func limitsAreForOneReply() throws {
        let limits = RESPLimits(string: 100, line: 50, elements: 2, reply: 10, depth: 1)
        let bytes = Array(String(repeating: "*2\r\n$5\r\nhello\r\n:1\r\n", count: 5).utf8)
        #expect(try Self.parse([bytes[...]], limits: limits).count == 5)
    }

    private static func pieces(of bytes: [UInt8], size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
    }

    private static func parse(
        _ pieces: [ArraySlice<UInt8>],
        limits: RESPLimits = RESPLimits()
    ) throws -> [RESPValue] {
        var parser = RESPParser(limits: limits)
        var buffer = ByteBuffer()
        var values: [RESPValue] = []
        for piece in pieces {
            buffer.writeBytes(piece)
            while let value = try parser.next(&buffer) { values.append(value) }
        }
        return values
    }
}
