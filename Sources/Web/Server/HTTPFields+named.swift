internal import HTTPTypes

extension HTTPFields {
    /// The value of a header by its name's text, for names that the library has no constant for; text that can't be a name has none.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set {
            guard let name = HTTPField.Name(name) else { return }
            self[name] = newValue
        }
    }
}
