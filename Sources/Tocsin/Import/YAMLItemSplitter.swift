/// Cuts a long YAML list in block style into its items, line by line.
///
/// In block style an item goes on for as long as lines are indented deeper than its dash, block scalars and quoted
/// texts included, so no parser is needed to see where one ends.
struct YAMLItemSplitter {
    /// The text of one item, a list of one, and the line that it begins on.
    struct Item: Sendable, Equatable {
        let line: Int
        let text: String
    }

    private static let longestItem = 1 << 20

    private var number = 0
    private var indentation: Int?
    private var start = 0
    private var lines: [String] = []
    private var size = 0

    /// Takes the next line, without its end, and returns the item that ended before it.
    ///
    /// - Throws: ``ImportProblem`` for what is not such a list.
    mutating func take(_ line: String) throws -> Item? {
        number += 1
        let content = line.drop { $0 == " " }
        let depth = line.count - content.count
        let isNothing = content.isEmpty || content.hasPrefix("#")
        if isNothing || depth > indentation ?? .max {
            if !lines.isEmpty { try add(line) }
            return nil
        }
        let isDash = content == "-" || content.hasPrefix("- ")
        guard isDash, depth == indentation ?? depth else {
            let text = content.trimmingSpaces()
            let isFrame = ["---", "...", "sites:"].contains(text) || text.hasPrefix("%") || text.hasPrefix("sites: #")
            guard isFrame, lines.isEmpty || text == "..." else {
                throw ImportProblem(
                    line: number,
                    "a list this large must hold only items in block style, each beginning with `- ` below the one before"
                )
            }
            return finish()
        }
        let item = finish()
        indentation = depth
        start = number
        try add(line)
        return item
    }

    /// Ends the list and returns its last item.
    mutating func finish() -> Item? {
        guard !lines.isEmpty else { return nil }
        let item = Item(line: start, text: lines.joined(separator: "\n") + "\n")
        lines.removeAll(keepingCapacity: true)
        size = 0
        return item
    }

    private mutating func add(_ line: String) throws {
        size += line.utf8.count + 1
        guard size <= Self.longestItem else { throw ImportProblem(line: start, "an item of more than 1 MiB") }
        lines.append(line)
    }
}
