internal import Foundation
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Serves an address on the network.
struct NetworkListener: Service {
    let site: WebSite
    let address: WebServer.Address
    let logger: Logger
    let onListening: @Sendable (String) async -> Void

    func run() async throws {
        let host = address.host == "[::1]" ? "::1" : address.host
        let app = site.application(
            behind: .network(isLoopback: address.isLoopback),
            address: .hostname(host, port: address.port)
        ) { channel in
            let port = channel.localAddress?.port ?? address.port
            await onListening("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        }
        do {
            try await app.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw WebServerError(
                .addressInUse,
                "\(address.host):\(address.port) is in use by another program; choose another with --listen HOST:PORT.",
                cause: error
            )
        } catch let error as IOError {
            throw WebServerError(
                .unusableAddress,
                "Can't listen on \(address.host):\(address.port): \(error); choose another with --listen HOST:PORT.",
                cause: error
            )
        } catch let error as SocketAddressError {
            throw WebServerError(
                .unusableAddress,
                "\(address.host):\(address.port) is no address of this machine; choose another with --listen HOST:PORT.",
                cause: error
            )
        }
    }
}
