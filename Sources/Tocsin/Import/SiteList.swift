internal import ArgumentParser
internal import Foundation
internal import Notifications

/// A file that holds a list of sites.
struct SiteList: Sendable {
    /// How the list is written.
    enum Format: String, Sendable, CaseIterable, ExpressibleByArgument {
        case csv
        case yaml
    }

    let path: String
    let format: Format

    /// Tells the format by the file's name, or by its beginning where the name says nothing.
    ///
    /// - Throws: ``ImportProblem`` where the file can't be read.
    init(path: String, format: Format?) async throws {
        self.path = path
        if let format {
            self.format = format
            return
        }
        switch URL(filePath: path).pathExtension.lowercased() {
        case "csv": self.format = .csv
        case "yaml", "yml", "json": self.format = .yaml
        default: self.format = try await Self.guess(path)
        }
    }

    /// Hands on each site in its order; memory does not grow with their number.
    ///
    /// - Throws: ``ImportProblem``, or what `body` throws.
    func forEach(_ body: (ImportRecord) async throws -> Void) async throws {
        switch format {
        case .yaml: try await YAMLSiteList(path: path).forEach(body)
        case .csv:
            var parser = CSVParser()
            var columns: CSVSiteColumns?
            var ready: [ImportRecord] = []
            func take(_ record: CSVParser.Record) throws {
                if let columns {
                    ready.append(ImportRecord(line: record.line, document: try columns.document(record)))
                } else {
                    columns = try CSVSiteColumns(record)
                }
            }
            func hand() async throws {
                for record in ready { try await body(record) }
                ready.removeAll(keepingCapacity: true)
            }
            try await LineFile(path: path).forEachPiece { piece in
                try parser.feed(piece[...], take)
                try await hand()
            }
            try parser.finish(take)
            try await hand()
        }
    }

    private static func guess(_ path: String) async throws -> Format {
        var first: String?
        do {
            try await LineFile(path: path).forEach { line in
                let text = line.trimmingSpaces()
                if text.isEmpty || text.hasPrefix("#") { return }
                first = text
                throw CancellationError()
            }
        } catch is CancellationError {}
        guard let first else { return .csv }
        let isYAML = first.hasPrefix("-") || first.hasPrefix("sites:") || first.hasPrefix("[") || first.hasPrefix("{")
        return isYAML ? .yaml : .csv
    }
}
