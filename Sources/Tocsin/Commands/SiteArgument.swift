internal import Foundation

/// A site as it is named on the command line.
enum SiteArgument {
    /// Passes URLs of sites that can be watched.
    ///
    /// - Throws: ``CommandError`` of wrong usage with what would be right.
    static func checked(_ texts: [String]) throws -> [String] {
        try texts.map(checked)
    }

    /// Passes the URL of a site that can be watched.
    static func checked(_ text: String) throws -> String {
        let shown = Printable.text(text, atMost: 200)
        // `example.com:8080` would read as a URL of the scheme `example.com`.
        guard let range = text.range(of: "://") else {
            throw CommandError(.usage, "`\(shown)` has no scheme; write https://\(shown) or http://\(shown).")
        }
        let scheme = text[..<range.lowerBound].lowercased()
        guard ["http", "https"].contains(scheme) else {
            throw CommandError(.usage, "`\(shown)` can't be watched; only http:// and https:// can be so far.")
        }
        guard let url = URL(string: text), let host = url.host(), !host.isEmpty else {
            throw CommandError(.usage, "`\(shown)` is no URL; write one such as https://example.com/path.")
        }
        return text
    }
}
