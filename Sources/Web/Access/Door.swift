/// Through which listener a request came in.
enum Door: Sendable, Equatable {
    /// An address on the network. On loopback the dashboard asks for no token, since whoever reaches it is on this machine.
    case network(isLoopback: Bool)
    /// The socket, which only this machine's user can open.
    case socket
}
