/// What is wrong with one field of a document: where, as a JSON pointer (RFC 6901), and what would be right.
package struct FieldProblem: Error, Sendable, Equatable {
    /// Empty for the whole document.
    package let pointer: String
    /// One sentence.
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
