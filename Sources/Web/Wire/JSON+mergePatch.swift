internal import Notifications

extension JSON {
    /// The value after a merge patch (RFC 7396, section 2).
    func merging(_ patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var members = self.members ?? []
        for change in changes {
            let place = members.firstIndex { $0.name == change.name }
            if change.value == .null {
                if let place { members.remove(at: place) }
                continue
            }
            let merged = (place.map { members[$0].value } ?? .null).merging(change.value)
            if let place {
                members[place] = Member(change.name, merged)
            } else {
                members.append(Member(change.name, merged))
            }
        }
        return .object(members)
    }

    /// The same with one member of a member replaced, which may be a null that a merge patch would have removed.
    func setting(_ outer: String, _ inner: String, to value: JSON) -> JSON {
        let object = (self[outer]?.members ?? []).filter { $0.name != inner } + [Member(inner, value)]
        let rest = (members ?? []).filter { $0.name != outer }
        return .object(rest + [Member(outer, .object(object))])
    }
}
