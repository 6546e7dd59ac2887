internal import Testing

@testable internal import Tocsin

@Suite struct YAMLItemSplitterTests {
    private func split(_ text: String) throws -> [YAMLItemSplitter.Item] {
        var splitter = YAMLItemSplitter()
        var items: [YAMLItemSplitter.Item] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let item = try splitter.take(String(line)) { items.append(item) }
        }
        if let item = splitter.finish() { items.append(item) }
        return items
    }

    @Test func `an item goes on for as long as lines are indented deeper`() throws {
        let items = try split(
            """
            ---
            # ours
            sites:
              - url: a
                body: |
                  - not an item

                  # nor a comment
              -
                url: b
              # between
              - c
            """
        )
        #expect(items.map(\.line) == [4, 9, 12])
        #expect(items[0].text.contains("- not an item"))
        #expect(items[1].text.contains("url: b"))
        #expect(items[2].text == "  - c\n")
    }

    @Test(arguments: ["sites:\n- a\nchannels:\n- b", "  - a\n- b", "- a\nb: c", "[a, b]"])
    func `what is no such list is refused with its line`(_ text: String) throws {
        let problem = #expect(throws: ImportProblem.self) { try split(text) }
        #expect(problem?.line != nil)
    }
}
