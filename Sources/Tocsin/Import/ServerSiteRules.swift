internal import Monitoring
internal import Notifications
internal import Web

/// The rules of the server itself.
struct ServerSiteRules: SiteRulesChecking {
    func check(_ document: JSON) -> Result<String, DocumentProblems> {
        // Only the server knows its own default interval, which bounds the timeout of a site that sets none.
        let result = SiteDocument.settings(from: document, for: .importing, defaultInterval: .seconds(30 * 86_400))
        return switch result {
        case .success(let settings): .success(settings.name)
        case .failure(let error): .failure(DocumentProblems(problems: error.problems))
        }
    }
}
