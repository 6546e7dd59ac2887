internal import Foundation
internal import Monitoring
internal import Notifications

/// What each field of a site may be; each rule answers with what is wrong, or nil.
enum SiteRules {
    /// The kinds that there are, with the schemes that each follows from.
    static let kinds = "http (for http:// and https://)"

    static func url(_ text: String) -> String? {
        guard text.utf8.count <= 2_048 else { return "Should be at most 2,048 characters." }
        guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            return
                "Should have no spaces, control characters or letters beyond ASCII: write a path percent-encoded and a "
                + "host name in its xn-- form."
        }
        guard let separator = text.range(of: "://") else {
            return "Should begin with http:// or https://, such as \"https://example.com\"."
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            return "Sites of \(scheme.prefix(20)):// can't be checked. The kinds that there are: \(kinds)."
        }
        guard let components = URLComponents(string: text), let host = components.host, !host.isEmpty else {
            return "Is not a URL with a host, such as \"https://example.com/path\"."
        }
        guard components.user == nil, components.password == nil else {
            return "Should hold no user name or password; send them in headers as Authorization."
        }
        guard components.port.map({ 1...65_535 ~= $0 }) ?? true else { return "Has a port beyond 65535." }
        return nil
    }

    static func name(_ text: String) -> String? {
        if text.trimmingSpaces != text { return "Should have no spaces around it." }
        return self.text(text, atMost: 2_048)
    }

    static func method(_ text: String) -> String? {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        return methods.contains(text) ? nil : "Should be one of \(methods.joined(separator: ", "))."
    }

    static func headerName(_ text: String) -> String? {
        // RFC 9110, section 5.6.2: a token.
        let marks = "!#$%&'*+-.^_`|~"
        let isToken =
            (1...128).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || marks.unicodeScalars.contains(scalar))
            }
        guard isToken else { return "Is not the name of a header." }
        let ours: Set<String> = [
            "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
        ]
        return ours.contains(text.lowercased()) ? "Is set by the check itself; leave it out." : nil
    }

    static func headerValue(_ text: String) -> String? {
        guard text.utf8.count <= 8_192 else { return "Should be at most 8 KiB." }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0.value == 0x09 }) else {
            return "Should have no line breaks or other control characters."
        }
        return nil
    }

    static func statuses(_ json: JSON, _ reader: inout ObjectReader) -> [StatusRange] {
        guard let elements = json.array, (1...32).contains(elements.count) else {
            reader.report("status", "Should be an array of 1 to 32 statuses, such as [\"200-299\", \"401\"].")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let text = element.string ?? element.int.map(String.init) ?? ""
            if let range = StatusRange(text) { return range }
            reader.report(
                "status/\(index)",
                "Should be a status or a range of them from 100 to 599, such as \"200-299\"."
            )
            return nil
        }
    }

    static func region(_ text: String) -> String? {
        let isName =
            (1...32).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-")
            }
        return isName ? nil : "Should be 1 to 32 of a-z, 0-9 and -, such as \"eu-west\"."
    }

    static func tag(_ text: String) -> String? {
        if text.contains(",") { return "Should have no comma." }
        if text.trimmingSpaces != text { return "Should have no spaces around it." }
        return self.text(text, atMost: 64)
    }

    static func text(_ text: String, atMost limit: Int, isMultiline: Bool = false) -> String? {
        guard (1...limit).contains(text.count) else { return "Should be 1 to \(limit) characters." }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || (isMultiline && ["\n", "\r", "\t"].contains(scalar))
        }
        return isPlain ? nil : "Should have no control characters."
    }
}
