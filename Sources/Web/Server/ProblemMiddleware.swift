internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Answers every error as a ``Problem``, also for paths and methods that have no route.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let endpoints: [Endpoint]

    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && context.endpointPath == "NotFound" {
            return withoutRoute(request)
        } catch {
            let problem = Problem(error)
            if problem.status.kind == .serverError {
                context.logger.warning(
                    "Could not answer a request",
                    metadata: [
                        "method": "\(request.method)", "route": "\(context.endpointPath ?? "")",
                        "status": "\(problem.status.code)", "error": "\(error)",
                    ]
                )
            }
            return problem.response
        }
    }

    /// The answer where the path or the method has no route.
    private func withoutRoute(_ request: Request) -> Response {
        let allowed = Endpoint.methods(at: request.uri.path, of: endpoints).sorted().joined(separator: ", ")
        guard !allowed.isEmpty else {
            return Problem(
                .notFound,
                "There is nothing at \(request.uri.path.prefix(200)); /openapi.yaml lists what there is."
            ).response
        }
        guard request.method != .options else { return Response(status: .noContent, headers: [.allow: allowed]) }
        return Problem(
            .methodNotAllowed,
            "\(request.method.rawValue.prefix(20)) is not possible here; \(allowed) is.",
            headers: [.allow: allowed]
        ).response
    }
}
