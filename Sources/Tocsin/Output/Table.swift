internal import Notifications

/// Aligned columns for people, written page by page so that a long list needs no memory.
struct Table {
    /// One column: its title, and how a record's cell reads.
    struct Column: Sendable {
        enum Alignment: Sendable {
            case left
            case right
        }

        let title: String
        let alignment: Alignment
        let cell: @Sendable (JSON) -> String
        /// The colour of a cell, by its text.
        let colour: @Sendable (String) -> Terminal.Colour?

        init(
            _ title: String,
            _ alignment: Alignment = .left,
            colour: @escaping @Sendable (String) -> Terminal.Colour? = { _ in nil },
            cell: @escaping @Sendable (JSON) -> String
        ) {
            self.title = title
            self.alignment = alignment
            self.colour = colour
            self.cell = cell
        }
    }

    private static let longestCell = 80

    private let columns: [Column]
    private let terminal: Terminal
    private var widths: [Int]
    private var hasHeader = false

    init(_ columns: [Column], terminal: Terminal) {
        self.columns = columns
        self.terminal = terminal
        widths = columns.map { Printable.width($0.title) }
    }

    /// Writes a page of records, and the titles before the first.
    mutating func write(_ records: [JSON]) {
        guard !records.isEmpty else { return }
        let rows = records.map { record in
            columns.map { Printable.text($0.cell(record), atMost: Self.longestCell) }
        }
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], Printable.width(cell)) }
        }
        if !hasHeader {
            hasHeader = true
            terminal.print(line(columns.map(\.title)) { _, _ in .bold })
        }
        for row in rows { terminal.print(line(row) { columns[$0].colour($1) }) }
    }

    private func line(_ cells: [String], colour: (Int, String) -> Terminal.Colour?) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - Printable.width(cell)))
            let painted = colour(index, cell).map { terminal.paint(cell, $0) } ?? cell
            if index > 0 { line += "  " }
            switch columns[index].alignment {
            case .right: line += padding + painted
            case .left: line += index == cells.count - 1 ? painted : painted + padding
            }
        }
        return line
    }
}
