internal import Logging
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Mustache
internal import NIOCore
internal import Notifications

/// Makes pages and parts of pages of the templates.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary
    private let version: String

    /// - Throws: ``WebServerError`` for a template that is broken.
    init(version: String) throws {
        var library = MustacheLibrary()
        for asset in Asset.all.values where asset.name.hasPrefix("templates/") {
            let name = asset.name.dropFirst("templates/".count).prefix { $0 != "." }
            do {
                try library.register(asset.text, named: String(name))
            } catch {
                throw WebServerError(.brokenAsset, "The template \(name) is broken: \(error)", cause: error)
            }
        }
        self.library = library
        self.version = version
    }

    /// A part of a page.
    func fragment(_ template: String, _ view: View) -> String {
        library.render(view, withTemplate: template) ?? ""
    }

    /// A whole page.
    ///
    /// - Parameters:
    ///   - template: The page's template.
    ///   - title: What the window is called.
    ///   - section: Which entry of the navigation the page belongs to.
    ///   - live: The query of the page's live updates.
    ///   - context: Whose visitor sees the page.
    ///   - view: What the template reads.
    ///   - status: The answer's status.
    /// - Returns: The page, which is never stored.
    func page(
        _ template: String,
        title: String,
        section: Section? = nil,
        live: String? = nil,
        for context: WebContext,
        _ view: View,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let frame = frame(title: title).adding([
            "live": live,
            "sections": Section.allCases.map { $0.view(isCurrent: $0 == section) },
            "isSignedIn": context.visitor.author != Visitor.dashboard.author && context.visitor != .nobody,
            "hasNavigation": context.visitor != .nobody,
            "author": context.visitor.author.name,
            "canManage": context.visitor.may(.manage),
        ])
        let html = fragment(template, frame.adding(view))
        return Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }

    /// A whole page that is the same for everybody.
    func publicPage(_ template: String, title: String, _ view: View) -> String {
        fragment(template, frame(title: title).adding(view))
    }

    /// What every page has.
    private func frame(title: String) -> View {
        [
            "title": title,
            "version": version,
            "styles": Self.path("styles/tocsin.css"),
            "script": Self.path("scripts/tocsin.js"),
            "icon": Self.path("images/icon.svg"),
        ]
    }

    /// The answer to a person whose request failed: the sign-in page, or a page that says why.
    func response(to error: any Error, of request: Request, _ context: WebContext) throws -> Response {
        let wantsPage = request.headers[.accept]?.contains("text/html") ?? false
        if error is SignInNeeded {
            guard wantsPage else { throw Problem(.unauthorized, "Sign in first, at /sign-in.") }
            let target = request.method == .get ? request.uri.description : "/"
            return .redirect(to: "/sign-in?to=\(SignInController.encoded(target))", type: .normal)
        }
        guard wantsPage else { throw error }
        let problem = Problem(error)
        if problem.status.kind == .serverError {
            context.logger.warning("Could not answer a page", metadata: ["error": "\(error)"])
        }
        return page(
            "error",
            title: problem.status.reasonPhrase,
            for: context,
            [
                "code": "\(problem.status.code)", "heading": problem.status.reasonPhrase, "detail": problem.detail,
                "errors": problem.errors.views,
            ],
            status: problem.status
        )
    }

    /// Where a file of ours is, by its version, so that browsers may keep it.
    static func path(_ name: String) -> String {
        "/assets/\(name)?v=\(Asset.all[name]?.version ?? "")"
    }
}

/// An entry of the navigation.
enum Section: String, CaseIterable, Sendable {
    case sites
    case incidents
    case maintenance
    case statusPage = "status-page"
    case channels
    case deadLetters = "dead-letters"
    case system

    var title: String {
        switch self {
        case .sites: "Sites"
        case .incidents: "Incidents"
        case .maintenance: "Maintenance"
        case .statusPage: "Status page"
        case .channels: "Channels"
        case .deadLetters: "Dead letters"
        case .system: "System"
        }
    }

    func view(isCurrent: Bool) -> View {
        ["name": rawValue, "title": title, "href": self == .sites ? "/" : "/\(rawValue)", "isCurrent": isCurrent]
    }
}
