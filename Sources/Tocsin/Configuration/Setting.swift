/// One setting of `tocsin serve`, as it is named everywhere: in the file, the environment, the options and the documentation.
struct Setting: Sendable, Equatable {
    /// What a value looks like, in the words of the documentation.
    enum Kind: String, Sendable {
        case text
        case duration
        case count
        case boolean
        case list
    }

    /// The name in the file, such as `pusher.batchSize`.
    let key: String
    let kind: Kind
    /// As it would be written; nil where there is none.
    let standard: String?
    /// One sentence for `docs/configuration.md`.
    let meaning: String
    /// Whether its value must never be shown.
    var isSecret = false
    /// Whether it may stand in the file; a secret, and the name of the file itself, may not.
    var isInFile = true

    /// The name in the environment, such as `TOCSIN_PUSHER_BATCH_SIZE`.
    var environmentName: String {
        var name = "TOCSIN_"
        for character in key {
            if character == "." {
                name.append("_")
            } else {
                if character.isUppercase { name.append("_") }
                name.append(contentsOf: character.uppercased())
            }
        }
        return name
    }

    /// The parts of the key.
    var path: [String] { key.split(separator: ".").map(String.init) }
}
