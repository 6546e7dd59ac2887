internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Serves an address on the network.
struct NetworkListener: Service {
    /// Makes what answers there, and calls back when it can be reached.
    typealias Application =
        @Sendable (BindAddress, @escaping @Sendable (any NIOCore.Channel) async -> Void) -> any Service

    let address: WebServer.Address
    /// The option that names the address, for messages.
    let option: String
    let onListening: @Sendable (String) async -> Void
    let application: Application

    func run() async throws {
        let (address, onListening) = (address, onListening)
        let app = application(.hostname(address.socketHost, port: address.port)) { channel in
            await onListening(address.url(port: channel.localAddress?.port ?? address.port))
        }
        do {
            try await app.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw WebServerError(
                .addressInUse,
                "\(address.host):\(address.port) is in use by another program; choose another with \(option).",
                cause: error
            )
        } catch let error as IOError {
            throw WebServerError(
                .unusableAddress,
                "Can't listen on \(address.host):\(address.port): \(error); choose another with \(option).",
                cause: error
            )
        } catch let error as SocketAddressError {
            throw WebServerError(
                .unusableAddress,
                "\(address.host):\(address.port) is no address of this machine; choose another with \(option).",
                cause: error
            )
        }
    }
}
