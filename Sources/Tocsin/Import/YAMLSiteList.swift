internal import Foundation
internal import Notifications
internal import Yams

/// Reads the sites of a YAML file: a list, or the list under `sites:`.
///
/// A file that is not large is parsed as a whole, so that anchors reach from anywhere to anywhere. A larger one must be
/// a list in block style and is parsed item by item, whatever its size.
struct YAMLSiteList {
    private static let largestWhole = 16 << 20

    private let path: String

    init(path: String) {
        self.path = path
    }

    /// Hands on each site in its order.
    ///
    /// - Throws: ``ImportProblem``, or what `body` throws.
    func forEach(_ body: (ImportRecord) async throws -> Void) async throws {
        if try LineFile.size(of: path) <= Self.largestWhole {
            try await parseWhole(body)
        } else {
            try await parseItems(body)
        }
    }

    private func parseWhole(_ body: (ImportRecord) async throws -> Void) async throws {
        let text = try LineFile.text(of: path)
        for node in try Self.items(in: try Self.compose(text, from: 1)) {
            try await body(try Self.record(node, from: 1))
        }
    }

    private func parseItems(_ body: (ImportRecord) async throws -> Void) async throws {
        var splitter = YAMLItemSplitter()
        try await LineFile(path: path).forEach { line in
            if let item = try splitter.take(line) { try await Self.hand(item, to: body) }
        }
        if let item = splitter.finish() { try await Self.hand(item, to: body) }
    }

    private static func hand(_ item: YAMLItemSplitter.Item, to body: (ImportRecord) async throws -> Void) async throws {
        for node in try items(in: try compose(item.text, from: item.line)) {
            try await body(try record(node, from: item.line))
        }
    }

    private static func compose(_ text: String, from line: Int) throws -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch {
            let problem = YAMLProblem(error)
            throw ImportProblem(line: problem.line.map { $0 + line - 1 }, "not YAML: \(problem.reason)")
        }
    }

    private static func items(in root: Node?) throws -> [Node] {
        switch root {
        case nil: return []
        case .sequence(let sequence)?: return Array(sequence)
        case .mapping(let mapping)?:
            for key in mapping.keys
            where !["sites", "channels"].contains(key.string ?? "") && key.string?.hasPrefix("x-") != true {
                throw ImportProblem(
                    line: key.mark?.line,
                    "`\(Printable.text(key.string ?? "?", atMost: 60))` is no list of sites; write `sites:` and the list under it"
                )
            }
            if mapping["channels"] != nil {
                throw ImportProblem(line: nil, "has channels too; use `tocsin apply -f` for it")
            }
            guard let sites = mapping["sites"] else { return [] }
            if let sequence = sites.sequence { return Array(sequence) }
            if sites.tag == Tag(.null) { return [] }
            throw ImportProblem(line: sites.mark?.line, "`sites` must be a list")
        default: throw ImportProblem(line: 1, "it must be a list of sites, such as `- url: https://example.com`")
        }
    }

    private static func record(_ node: Node, from line: Int) throws -> ImportRecord {
        let place = (node.mark?.line ?? 1) + line - 1
        do {
            let value = try JSON(yaml: node)
            // A bare URL is a site of that URL.
            let document = value.string.map { JSON.object([.init("url", .string($0))]) } ?? value
            return ImportRecord(line: place, document: document)
        } catch let problem as ImportProblem {
            throw ImportProblem(line: problem.line.map { $0 + line - 1 } ?? place, problem.detail)
        }
    }
}
