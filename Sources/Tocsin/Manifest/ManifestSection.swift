internal import Notifications

/// All that a file says of one kind.
struct ManifestSection: Sendable, Equatable {
    let kind: ManifestKind
    let documents: [JSON]

    /// Where a document stands in the file, as a JSON pointer.
    func pointer(_ index: Int) -> String { "/\(kind.key)/\(index)" }

    /// The documents of a name after its first; each problem names the line of the first.
    func duplicates(in document: YAMLDocument) -> [FieldProblem] {
        var first: [[UInt8]: Int] = [:]
        var problems: [FieldProblem] = []
        for index in documents.indices {
            guard let name = kind.name(of: documents[index]).map({ Array($0.utf8) }) else { continue }
            guard let earlier = first[name] else {
                first[name] = index
                continue
            }
            let line = document.line(of: namePointer(earlier)).map { " (line \($0))" } ?? ""
            problems.append(
                FieldProblem(
                    pointer: namePointer(index),
                    detail: "Is the name of \(kind.key)[\(earlier)]\(line) as well; names are unique."
                )
            )
        }
        return problems
    }

    private func namePointer(_ index: Int) -> String {
        "\(pointer(index))/\(documents[index]["name"]?.string == nil ? "url" : "name")"
    }
}
