internal import NIOCore
internal import Testing

@testable internal import Probing

@Suite struct KeywordSearchTests {
    private func isFound(_ keyword: String, in parts: [String]) -> Bool {
        var search = KeywordSearch(keyword)
        for part in parts { search.consume(ByteBuffer(string: part).readableBytesView) }
        return search.isFound
    }

    @Test(
        "A keyword is found wherever the stream is cut",
        arguments: [("aab", "aaab"), ("abcabd", "xabcabcabdx"), ("ü", "grün"), ("aa", "baa"), ("x", "x")]
    )
    func everyCut(_ keyword: String, _ text: String) {
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var search = KeywordSearch(keyword)
                for part in [bytes[..<first], bytes[first..<second], bytes[second...]] {
                    search.consume(ByteBuffer(bytes: part).readableBytesView)
                }
                #expect(search.isFound)
            }
        }
    }

    @Test func `what is not there is not found`() {
        #expect(!isFound("aab", in: ["aa", "ac", "ab"]))
        #expect(!isFound("hello", in: []))
        #expect(!isFound("hello", in: ["hell", "", "no"]))
        #expect(isFound("", in: []))
    }
}

@Suite struct BodyStartTests {
    private func text(_ parts: [[UInt8]]) -> String? {
        var start = BodyStart()
        for part in parts { start.append(ByteBuffer(bytes: part).readableBytesView) }
        return start.text
    }

    @Test func `a short body is kept whole, an empty one not at all`() {
        #expect(text([Array("hel".utf8), Array("lo ü".utf8)]) == "hello ü")
        #expect(text([]) == nil)
        #expect(text([[]]) == nil)
    }

    @Test("A long body is cut at a character", arguments: 0..<4)
    func cut(_ offset: Int) throws {
        let body = String(repeating: "x", count: offset) + String(repeating: "🦊", count: 1_000)
        let kept = try #require(text([Array(body.utf8)]))
        #expect(body.hasPrefix(kept))
        #expect((1_021...1_024).contains(kept.utf8.count))
    }

    // PITFALLS 28
    @Test func `a body of any bytes is kept as text that a database takes`() throws {
        let kept = try #require(text([[0xff, 0x00, 0x41, 0xc3]]))
        #expect(kept == "\u{fffd}\u{fffd}A\u{fffd}")
        let long = try #require(text([[UInt8](repeating: 0xff, count: 5_000)]))
        #expect(long.utf8.count <= 1_024)
        #expect(!long.isEmpty)
    }
}
