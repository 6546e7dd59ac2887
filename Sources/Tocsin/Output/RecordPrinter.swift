internal import Notifications

/// Prints records as a table or as JSON, page by page.
struct RecordPrinter {
    private let terminal: Terminal
    private let format: OutputFormat
    private var table: Table
    private var count = 0

    init(_ columns: [Table.Column], format: OutputFormat, terminal: Terminal) {
        self.terminal = terminal
        self.format = format
        table = Table(columns, terminal: terminal)
    }

    /// Prints a page of a list.
    mutating func write(_ records: [JSON]) {
        switch format {
        case .table: table.write(records)
        case .json:
            for (index, record) in records.enumerated() {
                terminal.write((count + index == 0 ? "[" : ",\n ") + record.text)
            }
        }
        count += records.count
    }

    /// Ends a list.
    ///
    /// - Parameter nothing: What to say to people of an empty one.
    func finish(nothing: String) {
        switch format {
        case .table: if count == 0 { terminal.print(nothing) }
        case .json: terminal.print(count == 0 ? "[]" : "]")
        }
    }

    /// Prints one record: for people its fields, one a line.
    static func print(_ record: JSON, format: OutputFormat, terminal: Terminal) {
        switch format {
        case .json: terminal.print(record.text)
        case .table:
            let fields = flat(record, under: "")
            let width = fields.map { Printable.width($0.name) }.max() ?? 0
            for field in fields {
                let padding = String(repeating: " ", count: width - Printable.width(field.name))
                terminal.print(terminal.paint(field.name, .dim) + padding + "  " + Printable.text(field.value))
            }
        }
    }

    private static func flat(_ value: JSON, under name: String) -> [(name: String, value: String)] {
        switch value {
        case .object(let members) where !members.isEmpty:
            members.flatMap { flat($0.value, under: name.isEmpty ? $0.name : "\(name).\($0.name)") }
        case .array(let elements) where elements.contains(where: { $0.members != nil }):
            elements.enumerated().flatMap { flat($0.element, under: "\(name)[\($0.offset)]") }
        default: [(name, value.cell)]
        }
    }
}

extension JSON {
    /// The value as a person would read it in a cell.
    var cell: String {
        switch self {
        case .null: "–"
        case .string(let text): text
        case .array(let elements): elements.isEmpty ? "–" : elements.map(\.cell).joined(separator: ", ")
        case .object(let members): members.isEmpty ? "–" : text
        default: text
        }
    }
}
