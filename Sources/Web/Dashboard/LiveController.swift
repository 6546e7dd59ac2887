internal import Notifications
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import NIOCore

/// `/live`: the event stream that keeps an open page up to date.
struct LiveController: Sendable {
    let feed: LiveFeed

    var endpoints: [Endpoint] { [Endpoint(.get, "/live", .page, listen)] }

    private func listen(_ request: Request, _ context: WebContext) async throws -> Response {
        let topic = Topic(subject: try subject(of: request), canManage: context.visitor.may(.manage))
        let subscription: (id: Int, updates: AsyncStream<LiveFeed.Update>)
        do {
            subscription = try await feed.listen(to: topic)
        } catch is LiveFeed.Full {
            throw Problem.unavailable("Too many pages listen already.")
        }
        let feed = feed
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // Keeps proxies from gathering the stream up.
        headers[named: "X-Accel-Buffering"] = "no"
        return Response(
            status: .ok,
            headers: headers,
            body: .init { writer in
                do {
                    try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                    for await update in subscription.updates { try await writer.write(Self.message(update)) }
                    await feed.leave(topic, subscription.id)
                    try await writer.finish(nil)
                } catch {
                    await feed.leave(topic, subscription.id)
                    throw error
                }
            }
        )
    }

    private func subject(of request: Request) throws -> Topic.Subject {
        let query = try Query(request, "topic", "id", "after", "search", "status", "tag", "group", "sort")
        switch query["topic"] {
        case "sites":
            return .sites(try SiteFilter(query))
        case "site":
            guard let id: SiteID = try query.identifier("id") else { throw Problem.parameter("id", "is needed") }
            return .site(id)
        case "incidents": return .incidents
        case "maintenance": return .maintenance
        case "channels": return .channels
        case "dead-letters": return .deadLetters
        case "system": return .system
        default: throw Problem.parameter("topic", "is not one that a page has")
        }
    }

    /// One message as the HTML standard writes event streams: each line of the data on a line of its own.
    static func message(_ update: LiveFeed.Update) -> ByteBuffer {
        switch update {
        case .signOfLife: return ByteBuffer(string: ": still here\n\n")
        case .trouble: return ByteBuffer(string: "event: trouble\ndata: \n\n")
        case .fragments(let fragments):
            var text = "event: fragments\n"
            for fragment in fragments {
                for line in fragment.html.split(whereSeparator: \.isNewline) { text += "data: \(line)\n" }
            }
            return ByteBuffer(string: text + "\n")
        }
    }
}
