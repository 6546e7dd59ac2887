internal import Notifications

/// The rules of the server itself.
struct ServerSiteRules: SiteRulesChecking {
    func check(_ document: JSON) -> Result<String, DocumentProblems> {
        guard document.members != nil else {
            return .failure(DocumentProblems(problems: [FieldProblem(pointer: "", detail: "Should be an object.")]))
        }
        guard let url = document["url"]?.string else {
            return .failure(DocumentProblems(problems: [FieldProblem(pointer: "/url", detail: "Is needed.")]))
        }
        return .success(document["name"]?.string ?? url)
    }
}
