/// Makes text from elsewhere safe to show: names, URLs and answers may hold control characters that move a terminal's cursor.
enum Printable {
    /// The text in one line without control characters, cut at a character boundary.
    static func text(_ text: some StringProtocol, atMost limit: Int = .max) -> String {
        // Nearly all texts are short and of plain characters.
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return String(text) }
        var output = ""
        for (count, character) in text.enumerated() {
            if count == limit {
                output.append("…")
                break
            }
            let isHarmless = character.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
                // Marks that reverse the direction of writing could show a URL as another one.
                case .format: scalar == "\u{200D}"
                default: true
                }
            }
            output.append(isHarmless ? character : character.isWhitespace ? " " : "\u{FFFD}")
        }
        return output
    }

    /// How many columns of a terminal the text takes, as far as that can be told.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.isASCII { return 1 }
        if scalar.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        return switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
