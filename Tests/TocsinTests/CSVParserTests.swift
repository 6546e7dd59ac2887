internal import Testing

@testable internal import Tocsin

@Suite struct CSVParserTests {
    private func parse(_ bytes: [UInt8], pieces size: Int = .max) throws -> [CSVParser.Record] {
        var parser = CSVParser()
        var records: [CSVParser.Record] = []
        for start in stride(from: 0, to: bytes.count, by: min(size, max(bytes.count, 1))) {
            try parser.feed(bytes[start..<min(start + min(size, bytes.count), bytes.count)]) { records.append($0) }
        }
        try parser.finish { records.append($0) }
        return records
    }

    private func parse(_ text: String) throws -> [CSVParser.Record] { try parse(Array(text.utf8)) }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `records end at any kind of line end, the last one without`(_ end: String) throws {
        let records = try parse("a,b\(end)c,\(end)\(end)d,e")
        #expect(records.map(\.fields) == [["a", "b"], ["c", ""], ["d", "e"]])
        #expect(records.map(\.line) == [1, 2, 4])
    }

    @Test func `a quoted field holds commas, quotes and line ends`() throws {
        let records = try parse("\"a,\"\"b\"\"\r\nc\",d\r\n\"\",e\r\n")
        #expect(records.map(\.fields) == [["a,\"b\"\r\nc", "d"], ["", "e"]])
        #expect(records.map(\.line) == [1, 3])
    }

    @Test func `a byte order mark is no part of the first field`() throws {
        #expect(try parse([0xEF, 0xBB, 0xBF] + Array("url\n".utf8)).map(\.fields) == [["url"]])
        #expect(try parse([0xEF, 0xBB, 0xBF] + Array("url\n".utf8), pieces: 1).map(\.fields) == [["url"]])
        #expect(try parse(Array("ï,b\n".utf8)).map(\.fields) == [["ï", "b"]])
    }

    @Test func `the pieces that bytes arrive in change nothing`() throws {
        let bytes = Array("\u{FEFF}url,name\r\n\"http://a/\"\"x\"\"\",\"ü\r\ny\"\r\n\r\nhttp://b,\n".utf8)
        let whole = try parse(bytes)
        #expect(whole.count == 3)
        for size in 1...bytes.count { #expect(try parse(bytes, pieces: size) == whole) }
    }

    @Test(arguments: [
        ("a\n\"b", 2, "does not end"), ("a\nb\"c\n", 2, "a quote inside a field"),
        ("a\n\n\"b\"c\n", 3, "after the closing quote"),
    ])
    func `what is wrong is told with its line`(_ text: String, _ line: Int, _ words: String) throws {
        let problem = #expect(throws: ImportProblem.self) { try parse(text) }
        #expect(problem?.line == line)
        #expect(problem?.detail.contains(words) == true)
    }

    @Test func `text that is not UTF-8 is told with its line`() throws {
        let problem = #expect(throws: ImportProblem.self) { try parse(Array("a\n".utf8) + [0xFF, 0x0A]) }
        #expect(problem == ImportProblem(line: 2, "text that is not UTF-8"))
    }

    @Test func `a field of a megabyte is one field`() throws {
        let text = String(repeating: "x", count: 1 << 20)
        #expect(try parse("a,\"\(text)\"\n").map(\.fields) == [["a", text]])
    }

    @Test func `a record without end is refused before it fills the memory`() throws {
        let text = "a\n\"" + String(repeating: "x", count: 5 << 20)
        let problem = #expect(throws: ImportProblem.self) { try parse(text) }
        #expect(problem?.line == 2)
    }
}
