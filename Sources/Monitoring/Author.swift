/// Who asks for a change; the name is kept with the change.
package struct Author: Sendable, Equatable {
    /// The name of the token, or `local` for the socket and the command line.
    package let name: String

    package init(name: String) {
        self.name = name
    }

    /// Someone on this machine, through the socket or the command line.
    package static let local = Author(name: "local")
}
