internal import Notifications

/// Judges a site's document as the server will.
protocol SiteRulesChecking: Sendable {
    /// The site's name, or all that is wrong with the document.
    func check(_ document: JSON) -> Result<String, DocumentProblems>
}

/// What is wrong with a document.
struct DocumentProblems: Error, Sendable, Equatable {
    let problems: [FieldProblem]
}
