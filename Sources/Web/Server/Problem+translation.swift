internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import NIOCore
internal import Notifications

extension Problem {
    /// What a client is told of an error, whichever part of Tocsin threw it.
    ///
    /// Causes are for the log alone: they may name hosts, files and statements.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as StoreError: self.init(error)
        case let error as QueueError: self.init(error)
        case let error as JobStreamError: self.init(error)
        case let error as IntakeError: self.init(error)
        case let error as JSONSyntaxError: self.init(.badRequest, "The body is \(error.description).")
        case let error as FieldProblem: self = .invalid([error])
        case is NIOTooManyBytesError: self = .bodyTooLarge
        case is CancellationError: self = .unavailable("The server is stopping; try again.")
        case let error as any HTTPResponseError:
            self.init(error.status, "The request can't be answered: \(error.status.reasonPhrase).")
        default:
            self.init(.internalServerError, "Something is wrong inside; the server's log has the details.")
        }
    }

    /// A body beyond what is read.
    static let bodyTooLarge = Problem(
        .contentTooLarge,
        "The body is larger than \(RequestBodyReader.limit) bytes (1 MiB); send it in parts."
    )

    private init(_ error: StoreError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .conflict, .superseded: self.init(.conflict, error.message)
        case .unavailable: self = .unavailable(error.message)
        case .unusable: self.init(.internalServerError, error.message)
        }
    }

    private init(_ error: QueueError) {
        switch error.code {
        case .unavailable, .full: self = .unavailable(error.message)
        case .refused: self.init(.internalServerError, error.message)
        }
    }

    private init(_ error: JobStreamError) {
        switch error.code {
        case .unavailable, .superseded, .outcomeUnknown: self = .unavailable(error.message)
        case .refused: self.init(.internalServerError, error.message)
        }
    }

    private init(_ error: IntakeError) {
        switch error {
        case .malformed(let detail): self.init(.badRequest, detail)
        case .invalid(let problems): self = .invalid(problems)
        case .mismatch(let detail): self.init(.unprocessableContent, detail)
        case .full(let detail), .unavailable(let detail): self = .unavailable(detail)
        }
    }
}
