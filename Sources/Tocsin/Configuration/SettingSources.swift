internal import Configuration
internal import Foundation
internal import Monitoring
internal import Yams

/// The places that settings come from, the strongest first: options, environment, file.
///
/// Each is a provider of swift-configuration; asking them one by one, instead of through a `ConfigReader`, is what lets a
/// message name the place that a wrong value came from.
struct SettingSources: Sendable {
    /// A value as it was written, and where.
    struct Found: Sendable, Equatable {
        /// The text; the elements of a list are separated by commas.
        let text: String
        /// Such as `the option --interval`.
        let source: String
    }

    private struct Source: Sendable {
        let provider: any ConfigProvider
        let name: @Sendable (Setting) -> String
    }

    /// Names that no setting has.
    let problems: [ConfigurationError.Problem]

    private let sources: [Source]

    /// Collects the sources and notes names that no setting has.
    ///
    /// - Parameters:
    ///   - options: Values by key, and the words that name each (such as `the option --interval`).
    ///   - environment: The whole environment of the process.
    ///   - file: The text of the configuration file and its path.
    /// - Throws: ``ConfigurationError`` where the file can't be understood at all.
    init(
        options: [String: (value: String, name: String)],
        environment: [String: String],
        file: (path: String, text: String)?
    ) throws {
        var problems: [ConfigurationError.Problem] = []
        let known = Set(Setting.all.map(\.key))
        for (key, option) in options.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
            problems.append(Self.unknown("\(option.name) names `\(key)`", key, among: known))
        }
        problems += Self.unknownVariables(in: environment)

        let optionNames = options.mapValues(\.name)
        var sources = [
            Source(
                provider: InMemoryProvider(
                    name: "options",
                    values: Dictionary(
                        uniqueKeysWithValues: options.map { key, option in
                            (Self.absolute(key), ConfigValue(.string(option.value), isSecret: false))
                        }
                    )
                ),
                name: { optionNames[$0.key] ?? "an option" }
            ),
            Source(
                // An empty variable is how a shell or a compose file unsets one.
                provider: EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
                    .prefixKeys(with: "tocsin"),
                name: { "the environment variable \($0.environmentName)" }
            ),
        ]
        if let file {
            let settings = try SettingsFile(path: file.path, text: file.text)
            problems += settings.problems
            let lines = settings.lines
            sources.append(
                Source(
                    provider: InMemoryProvider(name: file.path, values: settings.values),
                    name: { lines[$0.key].map { "\(file.path) line \($0)" } ?? file.path }
                )
            )
        }
        self.sources = sources
        self.problems = problems
    }

    /// The value of the strongest source that has one.
    func value(of setting: Setting) throws -> Found? {
        for source in sources {
            let result = try source.provider.value(forKey: Self.absolute(setting.key), type: .string)
            if case .string(let text)? = result.value?.content {
                return Found(text: text, source: source.name(setting))
            }
        }
        return nil
    }

    static func absolute(_ key: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(key.split(separator: ".").map(String.init), context: [:])
    }

    static func unknown(
        _ what: String,
        _ name: String,
        among known: some Sequence<String>
    ) -> ConfigurationError.Problem {
        let hint = NearestName.of(name, among: known).map { "; did you mean `\($0)`?" }
        return ConfigurationError.Problem(
            "\(what), which is no setting\(hint ?? "; docs/configuration.md lists them all.")"
        )
    }

    private static func unknownVariables(in environment: [String: String]) -> [ConfigurationError.Problem] {
        let known = Set(Setting.all.map(\.environmentName)).union(ClientEnvironment.names).union(buildVariables)
        return environment.keys.sorted().compactMap { name in
            guard name.hasPrefix("TOCSIN_"), !known.contains(name), !isServiceLink(name) else { return nil }
            return unknown("the environment has \(name)", name, among: known.sorted())
        }
    }

    /// Variables that the package's manifest reads, which a developer may have exported.
    private static let buildVariables: Set<String> = ["TOCSIN_BENCHMARKS", "TOCSIN_FUZZ"]

    /// Whether a variable is one that Kubernetes puts into every container for a service whose name begins with `tocsin`.
    private static func isServiceLink(_ name: String) -> Bool {
        let parts = name.split(separator: "_")
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        guard let port = parts.lastIndex(of: "PORT") else { return false }
        return port == parts.indices.last || Int(parts[port + 1]) != nil
    }
}
