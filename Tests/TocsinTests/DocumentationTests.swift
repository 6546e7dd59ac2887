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

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func rows() throws -> [Row] {
        let text = try String(contentsOf: Self.root.appending(path: "docs/configuration.md"), encoding: .utf8)
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

    @Test func `the table of what has gone wrong elsewhere names tests that there are`() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/reliability.md"), encoding: .utf8)
        var numbers: [Int] = []
        for line in text.split(separator: "\n") {
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            guard line.hasPrefix("| "), cells.count == 3, let number = Int(cells[0]) else { continue }
            numbers.append(number)
            for entry in cells[2].components(separatedBy: "<br>") {
                let parts = entry.dropLast().components(separatedBy: "`: \"")
                let suite = try #require(parts.first).dropFirst()
                let sources = try Self.sources(in: Self.root.appending(path: "Tests/\(suite)"))
                #expect(
                    sources.contains { $0.contains(parts[1]) },
                    "\(number): no test of \(suite) is called \(parts[1])"
                )
            }
        }
        #expect(numbers == Array(1...18) + Array(20...22))
    }

    private static func sources(in folder: URL) throws -> [String] {
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }
}
