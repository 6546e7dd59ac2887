internal import Foundation
internal import Notifications

/// Puts environment variables into the texts of a file, and remembers where.
struct ManifestVariables: Sendable, Equatable {
    /// Texts that name variables which are not set, by their pointers.
    private(set) var missing: [String: FieldProblem] = [:]

    private let environment: [String: String]
    /// The names that each text took, by its pointer.
    private var used: [String: [String]] = [:]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// The value with `${NAME}` in its texts replaced, and `$${` by `${`; a variable that is not set stays as it is.
    mutating func resolve(_ value: JSON, at pointer: String) -> JSON {
        switch value {
        case .string(let text): return .string(resolve(text, at: pointer))
        case .array(let elements):
            return .array(elements.enumerated().map { index, value in resolve(value, at: "\(pointer)/\(index)") })
        case .object(let members):
            return .object(
                members.map { member in
                    let place = "\(pointer)/\(member.name.escapedForPointer)"
                    return JSON.Member(member.name, resolve(member.value, at: place))
                }
            )
        default: return value
        }
    }

    /// A message about a value, cut before it quotes what came from a variable, which may be a secret.
    func hiding(_ pointer: String, in detail: String) -> String {
        for name in used[pointer] ?? [] {
            // What is shorter is no secret, and may be part of any word.
            guard let value = environment[name], value.count >= 6, let start = detail.range(of: value.prefix(6))
            else { continue }
            return "\(detail[..<start.lowerBound])${\(name)}…"
        }
        return detail
    }

    private mutating func resolve(_ text: String, at pointer: String) -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.range(of: "${") {
            if rest[..<start.lowerBound].last == "$" {
                output += rest[..<start.lowerBound].dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let name = String(rest[start.upperBound..<end])
            let next = rest.index(after: end)
            if let value = environment[name] {
                used[pointer, default: []].append(name)
                output += rest[..<start.lowerBound] + value
            } else {
                missing[pointer] = FieldProblem(
                    pointer: pointer,
                    detail: "Needs the environment variable `\(name)`, which is not set; where no variable is meant, "
                        + "write $${ for ${."
                )
                output += rest[..<next]
            }
            rest = rest[next...]
        }
        return output + rest
    }
}
