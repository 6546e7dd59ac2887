/// A statement of SQL, or a piece of one.
///
/// It is made of literals and of other pieces only: what came from outside can't get into one, and is passed as a
/// parameter (`$1`, `$2`, …) instead.
package struct SQL: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// Takes pieces, and nothing else.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        package mutating func appendInterpolation(_ piece: SQL) { text += piece.text }
    }

    let text: String

    package init(stringLiteral value: StaticString) { text = value.description }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    private init(text: String) { self.text = text }

    /// The pieces one after the other, with `separator` between them.
    package static func joined(_ pieces: [SQL], separator: SQL) -> SQL {
        SQL(text: pieces.map(\.text).joined(separator: separator.text))
    }
}
