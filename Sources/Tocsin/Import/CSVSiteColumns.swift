internal import Monitoring
internal import Notifications

/// Makes documents of sites from the rows of a CSV file, by the titles in its first.
struct CSVSiteColumns {
    private enum Kind {
        case text
        case number
        case boolean
        /// Several values with semicolons between them.
        case list
    }

    private struct Column {
        let title: String
        /// The members that lead to the value, such as `expect`, `status`.
        let path: [String]
        let kind: Kind
    }

    private static let known: [(title: String, kind: Kind)] = [
        ("url", .text), ("name", .text), ("kind", .text), ("method", .text), ("body", .text), ("verifyTLS", .boolean),
        ("interval", .text), ("timeout", .text), ("expect.status", .list), ("expect.body", .text),
        ("expect.latency", .text), ("expect.certificateDays", .number), ("redirects", .number),
        ("confirm.failures", .number), ("confirm.recoveries", .number), ("confirm.interval", .text),
        ("regions", .list), ("group", .text), ("tags", .list), ("paused", .boolean),
    ]

    private let columns: [Column]

    /// Reads the titles.
    ///
    /// - Throws: ``ImportProblem`` for a title that is not known, is there twice, or where there is no `url`.
    init(_ header: CSVParser.Record) throws {
        var columns: [Column] = []
        for text in header.fields {
            let title = text.trimmingSpaces()
            guard !columns.contains(where: { $0.title.lowercased() == title.lowercased() }) else {
                throw ImportProblem(line: header.line, "the column `\(title)` is there twice")
            }
            columns.append(try Self.column(title, header))
        }
        guard columns.contains(where: { $0.title == "url" }) else {
            throw ImportProblem(
                line: header.line,
                "no column `url`; the first line must name the columns, such as url,name,interval,tags"
            )
        }
        self.columns = columns
    }

    private static func column(_ title: String, _ header: CSVParser.Record) throws -> Column {
        if title.lowercased().hasPrefix("headers."), title.utf8.count > "headers.".utf8.count {
            return Column(title: title, path: ["headers", String(title.dropFirst("headers.".count))], kind: .text)
        }
        if let known = known.first(where: { $0.title.lowercased() == title.lowercased() }) {
            return Column(
                title: known.title,
                path: known.title.split(separator: ".").map(String.init),
                kind: known.kind
            )
        }
        if header.fields.count == 1, title.contains(";") || title.contains("\t") {
            throw ImportProblem(line: header.line, "the columns must be separated by commas")
        }
        if title.contains("://") {
            throw ImportProblem(
                line: header.line,
                "the first line must name the columns, such as url,name,interval,tags"
            )
        }
        let nearest = NearestName.of(title, among: known.map(\.title)).map { "; did you mean `\($0)`?" }
        let all = "; there are \(known.map(\.title).joined(separator: ", ")) and headers.NAME"
        throw ImportProblem(
            line: header.line,
            "no column is called `\(Printable.text(title, atMost: 60))`" + (nearest ?? all)
        )
    }

    /// The document of a row; a field without text says nothing.
    ///
    /// - Throws: ``ImportProblem``.
    func document(_ record: CSVParser.Record) throws -> JSON {
        guard record.fields.count == columns.count else {
            throw ImportProblem(
                line: record.line,
                "\(record.fields.count) fields, but the first line names \(columns.count) columns"
            )
        }
        var document = JSON.object([])
        for (column, text) in zip(columns, record.fields) {
            let isVerbatim = column.title == "body" || column.title == "expect.body"
            let text = isVerbatim ? text : text.trimmingSpaces()
            if text.isEmpty { continue }
            document = document.adding(try value(text, of: column, record.line), at: column.path[...])
        }
        return document
    }

    private func value(_ text: String, of column: Column, _ line: Int) throws -> JSON {
        switch column.kind {
        case .text: return .string(text)
        case .list:
            let parts = text.split(separator: ";").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
            return .array(parts.map(JSON.string))
        case .number:
            guard let number = Int(text) else {
                throw ImportProblem(
                    line: line,
                    "\(column.title) must be a whole number, not `\(Printable.text(text, atMost: 60))`"
                )
            }
            return JSON(number)
        case .boolean:
            switch text.lowercased() {
            case "true", "yes", "1": return true
            case "false", "no", "0": return false
            default:
                throw ImportProblem(
                    line: line,
                    "\(column.title) must be true or false, not `\(Printable.text(text, atMost: 60))`"
                )
            }
        }
    }
}

extension JSON {
    /// The object with a value put in at a path of members.
    fileprivate func adding(_ value: JSON, at path: ArraySlice<String>) -> JSON {
        guard let name = path.first else { return value }
        var members = self.members ?? []
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = Member(name, members[index].value.adding(value, at: path.dropFirst()))
        } else {
            members.append(Member(name, JSON.object([]).adding(value, at: path.dropFirst())))
        }
        return .object(members)
    }
}
