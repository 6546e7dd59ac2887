/// Finds the known name that an unknown one was probably meant to be.
package enum NearestName {
    /// The candidate with the fewest edits, letter case aside; nil where none is near enough to be worth naming.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased())
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(wanted, Array(candidate.lowercased()))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(2, wanted.count / 2) else { return nil }
        return best.name
    }

    /// Levenshtein's distance, one row at a time.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty else { return right.count }
        var row = Array(0...left.count)
        for (index, character) in right.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for position in left.indices {
                let substituted = diagonal + (left[position] == character ? 0 : 1)
                diagonal = row[position + 1]
                row[position + 1] = min(substituted, diagonal + 1, row[position] + 1)
            }
        }
        return row[left.count]
    }
}
