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
            return withoutRoute(request).response
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

    private func withoutRoute(_ request: Request) -> Problem {
        let methods = endpoints.filter { $0.matches(request.uri.path) }.map(\.method)
        guard !methods.isEmpty else {
            return Problem(
                .notFound,
                "There is nothing at \(request.uri.path.prefix(200)); /openapi.yaml lists what there is."
            )
        }
        var names = Set(methods.map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        let allowed = names.sorted().joined(separator: ", ")
        return Problem(
            .methodNotAllowed,
            "\(request.method.rawValue.prefix(20)) is not possible here; \(allowed) is.",
            headers: [.allow: allowed]
        )
    }
}
