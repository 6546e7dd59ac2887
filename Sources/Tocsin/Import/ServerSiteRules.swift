internal import Monitoring
internal import Notifications
internal import Web

/// The rules of the server itself.
struct ServerSiteRules: SiteRulesChecking {
    /// Whether a header may hold what the server shows in place of a value: it keeps the value that is there.
    var allowsHiddenHeaders = false

    func check(_ document: JSON) -> Result<String, DocumentProblems> {
        let document = allowsHiddenHeaders ? document.replacingHiddenHeaders : document
        // Only the server knows its own default interval, which bounds the timeout of a site that sets none.
        let result = SiteDocument.settings(from: document, for: .importing, defaultInterval: .seconds(30 * 86_400))
        return switch result {
        case .success(let settings): .success(settings.name)
        case .failure(let error): .failure(DocumentProblems(problems: error.problems))
        }
    }
}

extension JSON {
    fileprivate var replacingHiddenHeaders: JSON {
        guard let members, let headers = self["headers"]?.members else { return self }
        let shown = headers.map { header in
            Member(header.name, header.value.string == SiteDocument.hiddenValue ? "kept" : header.value)
        }
        return .object(members.map { $0.name == "headers" ? Member("headers", .object(shown)) : $0 })
    }
}
