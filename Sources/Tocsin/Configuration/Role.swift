/// What a process does.
enum Role: String, Sendable, CaseIterable {
    case pusher
    case monitor
    case api
    case notifier

    /// Reads a list such as `monitor,notifier`; `all` stands for every role.
    ///
    /// - Throws: ``TocsinConfiguration/Expected``.
    static func set(text: String) throws -> Set<Role> {
        var roles: Set<Role> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = part.trimmingSpaces().lowercased()
            if name == "all" {
                roles.formUnion(allCases)
            } else if let role = Role(rawValue: name) {
                roles.insert(role)
            } else {
                let words = allCases.map(\.rawValue).joined(separator: ", ")
                throw TocsinConfiguration.Expected("a list, separated by commas, of \(words)")
            }
        }
        return roles
    }
}
