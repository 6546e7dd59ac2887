internal import Foundation
internal import Testing

@testable internal import Tocsin

@Suite struct DocumentationTests {
    /// A row of the table in `docs/configuration.md`.
    private struct Row: Equatable {
        let key: String
        let variable: String
        let kind: String
        let standard: String
        let meaning: String
    }

    private func rows() throws -> [Row] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| `") else { return nil }
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            guard cells.count == 5 else { return nil }
            return Row(
                key: cells[0].replacing("`", with: ""),
                variable: cells[1].replacing("`", with: ""),
                kind: cells[2],
                standard: cells[3].replacing("`", with: ""),
                meaning: cells[4]
            )
        }
    }

    @Test func `the documentation lists every setting, as it is, and no other`() throws {
        let expected = Setting.all.map { setting in
            Row(
                key: setting.key,
                variable: setting.environmentName,
                kind: setting.kind.rawValue,
                standard: setting.standard ?? "–",
                meaning: setting.meaning
            )
        }
        let rows = try rows()
        for row in expected { #expect(rows.contains(row), "docs/configuration.md lacks the row of \(row.key)") }
        for row in rows {
            #expect(expected.contains(row), "docs/configuration.md has a row that is not so: \(row.key)")
        }
        #expect(rows.map(\.key) == expected.map(\.key))
    }
}
