/// Lua functions that run inside of the server, in a version of their own.
///
/// The code is Lua without the `#!lua name=…` line, which is put before it. Every name that the server sees is written
/// between two `@`, and becomes that name with a suffix made from a hash of the code:
///
///     local function claim(keys, args) … end
///     redis.register_function{function_name='@claim@', callback=claim, flags={'allow-oom'}}
///
/// registers, say, `claim_9f86d081884c7d65`, and ``RedisClient/call(_:in:keys:arguments:)`` with `"claim"` calls it. So
/// processes of two releases use one server at the same time, each with its own code. `@word@` is replaced wherever it
/// stands (`word` being letters, digits and `_`); any other `@` is left alone.
package struct RedisFunctionLibrary: Sendable, Hashable {
    /// The library's name without its version.
    package let family: String
    /// The library's name in the server, suffix included.
    package let name: String
    /// The code as it is loaded.
    package let code: String
    /// What tells this version from others: 16 hexadecimal digits.
    package let version: String

    /// Makes a library.
    ///
    /// - Parameters:
    ///   - name: Letters, digits and `_`.
    ///   - code: Lua without its first line, as described above.
    package init(name: String, code: String) {
        let version = Self.hash(name + "\n" + code)
        self.version = version
        family = name
        self.name = "\(name)_\(version)"
        self.code = "#!lua name=\(name)_\(version)\n" + Self.replaceNames(in: code, version: version)
    }

    /// The name under which the server knows a function.
    package func functionName(_ function: String) -> String { "\(function)_\(version)" }

    /// The command that calls a function, for a pipeline or transaction of one's own; it loads nothing.
    package func command(_ function: String, keys: [String], arguments: [RedisArgument]) -> RedisCommand {
        RedisCommand(
            "FCALL",
            arguments: [.string(functionName(function)), RedisArgument(keys.count)] + keys.map { .string($0) }
                + arguments
        )
    }

    /// The command that loads the library; it does no harm where another process has just done so.
    package var loadCommand: RedisCommand { RedisCommand("FUNCTION LOAD", "REPLACE", .string(code)) }

    private static func replaceNames(in code: String, version: String) -> String {
        var parts = code.split(separator: "@", omittingEmptySubsequences: false)
        var result = String(parts.removeFirst())
        while !parts.isEmpty {
            let part = parts.removeFirst()
            if let rest = parts.first, isName(part) {
                result += "\(part)_\(version)\(rest)"
                parts.removeFirst()
            } else {
                result += "@\(part)"
            }
        }
        return result
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
            }
    }

    /// FNV-1a of 64 bits: it tells versions apart and guards nothing.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
