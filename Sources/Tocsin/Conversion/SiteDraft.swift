internal import Notifications

/// A site's document while it is put together.
struct SiteDraft {
    private var members: [JSON.Member]

    init(name: String) {
        members = [.init("name", .string(name))]
    }

    /// A field; what is nil, null or empty is left out, so that the default stands.
    subscript(_ name: String) -> JSON? {
        get { members.first { $0.name == name }?.value }
        set {
            members.removeAll { $0.name == name }
            guard let newValue, newValue != .null, newValue != [], newValue != [:], newValue != "" else { return }
            members.append(.init(name, newValue))
        }
    }

    var document: JSON { .object(members) }

    /// Sets a header, unless one of that name is there.
    mutating func addHeader(_ name: String, _ value: String) {
        let headers = self["headers"]?.members ?? []
        guard !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) else { return }
        self["headers"] = .object(headers + [.init(name, .string(value))])
    }
}
