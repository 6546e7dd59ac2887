import HTTPTypes
import Notifications
import Testing

@testable import Web

@Suite("The reference of the API") struct ReferenceTests {
    @Test("It shows every operation of the description, with its method, path, scope and an example")
    func complete() async throws {
        let description = try APIDescription(yaml: Asset.openAPI.text)
        let operations = description.groups.flatMap(\.operations)
        try await TestSite.with { site in
            let described = Set(operations.map { "\($0.method) \($0.path)" })
            let routes = site.site.endpoints.filter { $0.path.hasPrefix("/v1/") }
            for route in routes { #expect(described.contains("\(route.method.rawValue) \(route.path)")) }

            let page = try await site.api(.get, "/docs", token: .some(nil), door: .network(isLoopback: false))
            #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
            for operation in operations {
                let start = try #require(page.body.firstRange(of: "<h3 id=\"\(operation.id)\""), "\(operation.id)")
                let article = page.body[start.lowerBound...]
                let own = article[..<(article.firstRange(of: "</article>")?.lowerBound ?? article.endIndex)]
                #expect(own.contains(">\(operation.method)</span> <code>\(operation.path)</code>"))
                let need = operation.scope.map { "Needs the scope <code>\($0)</code>" } ?? "Needs no token."
                #expect(own.contains(need), "\(operation.id)")
                for answer in operation.answers { #expect(own.contains("<code>\(answer.status)</code>")) }
                for parameter in operation.parameters { #expect(own.contains("<code>\(parameter.name)</code>")) }
                #expect(own.contains("$TOCSIN_URL"), "\(operation.id)")
            }
            let tag = try #require(page.headers[.eTag])
            let again = try await site.api(.get, "/docs", token: .some(nil), headers: [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.body.isEmpty)
        }
    }

    @Test("Nothing in it is inline, each id is there once, and each link within it leads somewhere")
    func whole() async throws {
        try await TestSite.with { site in
            let html = try await site.api(.get, "/docs", token: .some(nil)).body
            #expect(!html.contains("style=") && !html.contains("<style") && !html.contains("onclick"))
            #expect(html.matches(of: /<script(?! src="\/assets\/)/).isEmpty)
            let ids = html.matches(of: /\sid="([^"]*)"/).map { String($0.output.1) }
            #expect(
                Set(ids).count == ids.count,
                "\(Dictionary(grouping: ids, by: \.self).filter { $1.count > 1 }.keys)"
            )
            for link in html.matches(of: /<a [^>]*href="#([^"]*)"/) {
                #expect(ids.contains(String(link.output.1)), "\(link.output.1)")
            }
            #expect(html.contains("<a href=\"#schema-EventState\">EventState</a>"))
            #expect(!html.contains("{{"))
        }
    }

    @Test("Fields are shown with their types and rules, those of inner objects by their way")
    func fields() throws {
        let description = try APIDescription(yaml: Asset.openAPI.text)
        let add = try #require(description.groups.flatMap(\.operations).first { $0.id == "addSites" })
        let body = try #require(add.bodies.first)
        #expect(body.type == .schema("SiteInput") + .words(" or ") + .words("list of ") + .schema("SiteInput"))
        #expect(body.example == #"{"url": "https://example.com", "interval": "30s"}"#)
        let url = try #require(body.fields.first)
        #expect(url.name == "url" && url.isRequired && url.type == .words("string"))
        #expect(url.rules == ["up to 2048 characters", "as `^https?://`"])
        let status = try #require(body.fields.first { $0.name == "expect.status" })
        #expect(
            status.type == .words("list of ") + .words("string") + .words(" or ") + .words("integer") + .words(" or ")
                + .words("null")
        )
        #expect(status.rules.contains(#"default `["200-299"]`"#) && !status.isRequired)
    }

    @Test("An example with a body can be pasted into a shell")
    func curl() throws {
        let operation = APIDescription.Operation(
            id: "x",
            method: "POST",
            path: "/v1/sites/{id}/check",
            summary: "",
            description: nil,
            scope: "manage",
            parameters: [],
            bodies: [
                .init(mediaType: "application/json", type: .words("object"), fields: [], example: #"{"a": "it's"}"#)
            ],
            answers: []
        )
        #expect(
            ReferencePage.curl(operation) == #"""
                curl -X POST "$TOCSIN_URL/v1/sites/1/check" \
                     -H "Authorization: Bearer $TOCSIN_TOKEN" \
                     -H "Content-Type: application/json" \
                     -d '{"a": "it'\''s"}'
                """#
        )
    }

    @Test(
        "A description that is broken is named, and shows nothing",
        arguments: [
            "", "a: [", "tags: []\npaths: {/a: {get: {operationId: a, summary: b, tags: [c]}}}",
            "tags: [{name: c}]\npaths: {/a: {get: {operationId: a, tags: [c]}}}",
            "tags: [{name: c}]\npaths: {/a: {get: {operationId: a, summary: b, tags: [c], parameters: [{$ref: '#/x'}]}}}",
        ]
    )
    func broken(yaml: String) {
        #expect(throws: WebServerError.self) { try APIDescription(yaml: yaml) }
    }
}
