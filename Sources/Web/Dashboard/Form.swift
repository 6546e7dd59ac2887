internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The fields of a form that a browser sent.
struct Form: Sendable {
    let values: [String: String]

    /// - Throws: ``Problem`` where the body is no form.
    init(_ request: Request) async throws {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type == nil || type == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, "A form should be application/x-www-form-urlencoded.")
        }
        self.init(encoded: String(decoding: try await RequestBodyReader.bytes(of: request), as: UTF8.self))
    }

    init(encoded text: String) {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(200) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(parts[0])
            values[name] = parts.count > 1 ? Self.decoded(parts[1]) : ""
        }
        self.values = values
    }

    /// The field's text without the spaces around it; nil where it is empty or missing.
    subscript(name: String) -> String? {
        guard let value = values[name]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else {
            return nil
        }
        return value
    }

    /// Whether a box is ticked.
    func isOn(_ name: String) -> Bool { values[name] != nil }

    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}
