internal import Mustache
internal import Notifications

/// What a template reads: values by name, of which missing ones are empty.
struct View: MustacheParent, ExpressibleByDictionaryLiteral {
    private(set) var values: [String: Any]

    init(dictionaryLiteral elements: (String, Any?)...) {
        values = [:]
        for (name, value) in elements { values[name] = value }
    }

    func child(named name: String) -> Any? { values[name] }

    subscript(name: String) -> Any? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// The same with the values of another view added, which win.
    func adding(_ other: View) -> View {
        var whole = self
        whole.values.merge(other.values) { _, new in new }
        return whole
    }
}

extension [FieldProblem] {
    /// As templates list what is wrong.
    var views: [View] { map { ["pointer": $0.pointer, "detail": $0.detail] } }
}
