internal import Foundation
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Serves the socket that local commands use; only this machine's user can open it.
///
/// Another server's socket is left alone: then this one goes on without, and says so.
struct SocketListener: Service {
    let site: WebSite
    let path: String
    let logger: Logger
    /// Returns when the socket may be listened on.
    let isAllowed: @Sendable () async throws -> Void
    /// Called once it is listened on, or known that it won't be.
    let isSettled: @Sendable () -> Void
    let onListening: @Sendable (String) async -> Void

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await isAllowed() }
        } catch is CancellationError {
            return
        }
        guard path.utf8.count < 104 else {
            logger.warning("The path of the socket is too long; going on without", metadata: ["path": "\(path)"])
            return await waitForShutdown()
        }
        switch SocketFile.state(at: path) {
        case .free: break
        case .stale: unlink(path)
        case .listening:
            logger.warning("The socket belongs to another server; going on without", metadata: ["path": "\(path)"])
            return await waitForShutdown()
        case .foreign:
            logger.warning("The socket's path holds another file; going on without", metadata: ["path": "\(path)"])
            return await waitForShutdown()
        }
        let path = path
        let app = site.application(behind: .socket, address: .unixDomainSocket(path: path)) { _ in
            // The mask below has kept others out until here.
            chmod(path, 0o600)
            await onListening(path)
            isSettled()
        }
        let mask = umask(0o077)
        defer { umask(mask) }
        do {
            try await app.run()
        } catch let error as IOError {
            logger.warning(
                "Can't listen on the socket; going on without",
                metadata: ["path": "\(path)", "error": "\(error)"]
            )
            return await waitForShutdown()
        }
        unlink(path)
    }

    private func waitForShutdown() async {
        isSettled()
        do {
            try await gracefulShutdown()
        } catch {
            logger.debug("Cancelled while waiting to be stopped")
        }
    }
}

/// What lies at the path of a socket.
enum SocketFile {
    enum State: Equatable {
        case free
        /// A server that is gone left it behind.
        case stale
        case listening
        /// Something that is not a socket.
        case foreign
    }

    static func state(at path: String) -> State {
        var info = stat()
        guard lstat(path, &info) == 0 else { return .free }
        guard info.st_mode & S_IFMT == S_IFSOCK else { return .foreign }
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return .listening }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return .foreign }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? .listening : .stale
    }
}
