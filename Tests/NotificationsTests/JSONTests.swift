import Notifications
import TestSupport
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12345678901234567890", "9223372036854775808", "1.50", "1E400", "-1.0e-7",
        #""""#, "[]", "{}", "[[],{}]", #"{"b":1,"a":[2,{"c":null}]}"#, #""😀é""#,
    ])
    func `what is read is written as it was`(text: String) throws {
        #expect(try JSON(parsing: text).text == text)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "'a'", "[1,]",
        "[,1]", "[1 2]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "[1", #"{"a":1"#, "1 2", "[]]", "\"",
        "\"a",
        "\"\u{01}\"", "\"\n\"", #""\x""#, #""\u12"#, #""\u12G4""#, #""\"#, "\u{FEFF}1", "// a\n1", "\u{A0}1",
    ])
    func `what RFC 8259 does not allow is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }

    @Test func `white space around and between is passed over`() throws {
        #expect(try JSON(parsing: " \t\r\n{ \"a\" : [ 1 , 2 ] } \n").text == #"{"a":[1,2]}"#)
    }

    @Test func `escapes are read and only needed ones are written`() throws {
        let json = try JSON(parsing: #""\"\\\/\b\f\n\r\t\u0041\u00e9\u0000""#)
        #expect(json.string == "\"\\/\u{08}\u{0C}\n\r\tA\u{E9}\u{00}")
        #expect(json.text == #""\"\\/\u0008\u000c\n\r\tAé\u0000""#)
    }

    @Test func `surrogate pairs become one character, and halves are refused`() throws {
        #expect(try JSON(parsing: #""\ud83d\ude00""#).string == "😀")
        #expect(try JSON(parsing: #""\uD800\uDC00""#).string == "\u{10000}")
        #expect(try JSON(parsing: #""\udbff\udfff""#).string == "\u{10FFFF}")
        for half in [#""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#, #""\ud83d\"#] {
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: half) }
        }
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]]
    )
    func `text that is not UTF-8 is refused`(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
    }

    @Test func `nesting is bounded`() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSON(parsing: deepest).text == deepest)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: "[\(deepest)]") }
        // A hundred thousand would end the process by its stack.
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: String(repeating: "[", count: 100_000)) }
        let many = "[" + Array(repeating: "[]", count: 200).joined(separator: ",") + "]"
        #expect(try JSON(parsing: many).array?.count == 200)
    }

    @Test func `a name that is there twice is refused, however it is written`() {
        #expect(throws: JSONSyntaxError(offset: 7, reason: "the member \"a\" is there twice")) {
            try JSON(parsing: #"{"a":1,"\u0061":2}"#)
        }
    }

    @Test func `an error says where`() {
        #expect(throws: JSONSyntaxError(offset: 6, reason: "no value begins like this")) {
            try JSON(parsing: #"{"a": x}"#)
        }
    }

    @Test func `random values survive being written and read`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let value = JSON.random(depth: 5, using: &generator)
            #expect(try JSON(parsing: value.bytes) == value)
        }
    }

    @Test func `random bytes never do more than fail`() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array(#"{}[]",:\u0123eE+-. tfn"#.utf8) + [0xFF, 0xC3, 0x00]
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            if let value = try? JSON(parsing: bytes) {
                #expect((try? JSON(parsing: value.bytes)) == value)
            }
        }
    }
}

extension JSON {
    fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .number("\(Int64.random(in: .min ... .max, using: &generator))")
        case 3: return .number("\(Int.random(in: 0...9, using: &generator)).50E-3")
        case 4: return .string(text(using: &generator))
        case 5: return .array((0..<3).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            return .object(
                (0..<3).map { Member("\($0)" + text(using: &generator), random(depth: depth - 1, using: &generator)) }
            )
        }
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<8, using: &generator) {
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) { text.append(scalar) }
        }
        return String(text)
    }
}
