internal import Monitoring
internal import Redis

extension CommandError {
    /// What kept a server from starting or going on, in its own words.
    init(starting error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as RedisError where error.code == .connectionFailed:
            self.init(.unavailable, "\(error)", cause: error)
        case let error as StoreError where error.code == .unavailable:
            self.init(.unavailable, "\(error)", cause: error)
        default: self.init(.failure, "\(error)", cause: error)
        }
    }
}
