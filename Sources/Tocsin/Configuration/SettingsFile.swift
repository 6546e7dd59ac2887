internal import Configuration
internal import Yams

/// The settings in a YAML file, nested (`pusher: {batchSize: 200}`) or dotted (`pusher.batchSize: 200`).
struct SettingsFile {
    private(set) var values: [AbsoluteConfigKey: ConfigValue] = [:]
    /// The line of each key.
    private(set) var lines: [String: Int] = [:]
    /// What is wrong with single keys.
    private(set) var problems: [ConfigurationError.Problem] = []

    private let path: String

    /// Reads the settings of a text.
    ///
    /// - Throws: ``ConfigurationError`` where it is not YAML, or not a mapping.
    init(path: String, text: String) throws {
        self.path = path
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError("\(path) is not YAML: \(YAMLProblem(error).description).")
        }
        switch root {
        case nil: return
        case .mapping(let mapping)?: collect(mapping, under: "")
        case .scalar(let scalar)? where scalar.string.isEmpty: return
        default: throw ConfigurationError("\(path) must be a mapping of settings, such as `interval: 30s`.")
        }
    }

    private mutating func collect(_ mapping: Node.Mapping, under prefix: String) {
        for (name, node) in mapping {
            let line = (name.mark ?? node.mark)?.line ?? 0
            guard let text = name.scalar?.string else {
                problems.append(ConfigurationError.Problem("\(path) line \(line) has a key that is not a name."))
                continue
            }
            let key = prefix + text
            switch node {
            case .mapping(let inner): collect(inner, under: key + ".")
            case .sequence(let sequence):
                let texts = sequence.compactMap { $0.scalar?.string }
                guard texts.count == sequence.count else {
                    problems.append(
                        ConfigurationError.Problem("\(path) line \(line): \(key) must be a list of plain values.")
                    )
                    continue
                }
                set(key, texts.joined(separator: ","), line)
            case .scalar(let scalar):
                // A key without a value (`webhook:`) says nothing, as a missing key does.
                let isNull = node.tag == Tag(.null)
                if isNull { check(key, line) } else { set(key, scalar.string, line) }
            case .alias:
                problems.append(
                    ConfigurationError.Problem("\(path) line \(line): \(key) is an alias that leads nowhere.")
                )
            }
        }
    }

    private mutating func set(_ key: String, _ text: String, _ line: Int) {
        guard check(key, line) else { return }
        if let earlier = lines.updateValue(line, forKey: key) {
            problems.append(ConfigurationError.Problem("\(path) line \(line) sets \(key) again after line \(earlier)."))
        }
        values[SettingSources.absolute(key)] = ConfigValue(.string(text), isSecret: false)
    }

    @discardableResult
    private mutating func check(_ key: String, _ line: Int) -> Bool {
        guard let setting = Setting.all.first(where: { $0.key == key }) else {
            let known = Setting.all.filter(\.isInFile).map(\.key)
            problems.append(SettingSources.unknown("\(path) line \(line) sets `\(key)`", key, among: known))
            return false
        }
        guard setting.isInFile else {
            problems.append(
                ConfigurationError.Problem(
                    "\(path) line \(line) sets \(key), which does not belong into a file; set \(setting.environmentName) instead."
                )
            )
            return false
        }
        return true
    }
}
