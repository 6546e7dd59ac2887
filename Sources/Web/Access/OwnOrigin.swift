internal import HTTPTypes
internal import Hummingbird

/// Refuses forms that another site's page sends with the visitor's browser (cross-site request forgery).
enum OwnOrigin {
    /// - Throws: ``Problem`` 403 where the form is not from this dashboard's own page.
    static func require(of request: Request) throws {
        if let site = request.headers[named: "Sec-Fetch-Site"], site != "same-origin" {
            throw Problem(.forbidden, "The form came from another site.")
        }
        let authority = request.head.authority?.lowercased() ?? ""
        guard !authority.isEmpty, let origin = request.headers[.origin]?.lowercased(),
            origin == "http://\(authority)" || origin == "https://\(authority)"
        else { throw Problem(.forbidden, "The form has to come from this dashboard's own page (its Origin differs).") }
    }
}
