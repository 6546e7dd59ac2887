/// How much goes over in one step, beside the count that each step has.
///
/// A body may have a mebibyte, so that a count alone would let one step take hundreds of them.
package enum StepBound {
    /// Most bytes of bodies in one step; one body always passes.
    package static let bytes = 4 << 20

    /// The first items, as many as one step takes.
    package static func prefix<Items: Collection>(
        of items: Items,
        count: Int = .max,
        size: (Items.Element) -> Int
    ) -> Items.SubSequence {
        var (taken, sum) = (0, 0)
        let end = items.firstIndex { item in
            sum += size(item)
            defer { taken += 1 }
            return taken > 0 && (taken >= count || sum > bytes)
        }
        return items[..<(end ?? items.endIndex)]
    }
}
