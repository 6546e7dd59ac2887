internal import Foundation
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// The parameters of a request's query, of which none is passed over silently.
struct Query {
    /// The most records in one page.
    static let maximumLimit = 1_000

    private let values: [String: String]

    /// - Parameters:
    ///   - request: Whose query to read.
    ///   - known: The parameters that the route has.
    /// - Throws: ``Problem`` for any other, or one that is there twice.
    init(_ request: Request, _ known: String...) throws {
        var values: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw Problem(.badRequest, "The query is not percent-encoded UTF-8.")
            }
            guard known.contains(name) else {
                let list = known.isEmpty ? "none" : known.joined(separator: ", ")
                throw Problem(.badRequest, "There is no query parameter \(name.prefix(40)) here; there is: \(list).")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem.parameter(name, "is there twice")
            }
        }
        self.values = values
    }

    /// Undoes the encoding of a form's field: `+` is a space, the rest percent-encoded.
    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    /// A parameter as text; nil also where it is empty, as forms send what nobody filled in.
    subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A parameter as text, also where it is empty.
    func given(_ name: String) -> String? { values[name] }

    /// How many records a page may have.
    func limit(default standard: Int = 100) throws -> Int {
        guard let text = values["limit"] else { return standard }
        guard let limit = Int(text), 1...Self.maximumLimit ~= limit else {
            throw Problem.parameter("limit", "should be a number from 1 to \(Self.maximumLimit)")
        }
        return limit
    }

    func identifier<Record>(_ name: String, of record: Record.Type = Record.self) throws -> Identifier<Record>? {
        guard let text = values[name] else { return nil }
        guard let id = Identifier<Record>(text) else { throw Problem.parameter(name, "is not one that an answer gave") }
        return id
    }

    func time(_ name: String) throws -> Timestamp? {
        guard let text = values[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw Problem.parameter(name, "should be a time like 2026-01-31T12:00:00Z, with its + written as %2B")
        }
        return time
    }

    /// One of the values of a kind that is written as text.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of kind: Choice.Type = Choice.self
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.parameter(name, "should be one of \(all)")
        }
        return choice
    }

    func bool(_ name: String) throws -> Bool? {
        switch values[name] {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Problem.parameter(name, "should be true or false")
        }
    }

    /// The span that `window`, or `from` and `to`, ask for.
    func span(now: Timestamp, default standard: Duration = .seconds(86_400)) throws -> (from: Timestamp, to: Timestamp)
    {
        if let text = values["window"] {
            guard values["from"] == nil, values["to"] == nil else {
                throw Problem.parameter("window", "can't be used together with from or to")
            }
            guard let window = Duration(text: text), window >= .seconds(1), window <= .seconds(5 * 366 * 86_400) else {
                throw Problem.parameter("window", "should be a duration like 24h or 90d")
            }
            return (now - window, now)
        }
        let to = try time("to") ?? now
        let from = try time("from") ?? to - standard
        guard from < to else { throw Problem.parameter("from", "should be before to") }
        return (from, to)
    }
}

extension WebContext {
    /// The record that the path names.
    ///
    /// - Throws: ``Problem`` 404 for what can't be an id.
    func id<Record>(_ what: String, of record: Record.Type = Record.self) throws -> Identifier<Record> {
        let text = parameters.get("id") ?? ""
        guard let id = Identifier<Record>(text) else { throw Problem.notFound("\(what) \(text.prefix(40))") }
        return id
    }

    /// The text in the path's place for an id.
    func idText() -> String { parameters.get("id") ?? "" }
}
