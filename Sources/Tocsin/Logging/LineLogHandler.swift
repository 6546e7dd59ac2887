internal import Foundation
internal import Logging
internal import Monitoring
internal import Notifications

/// Writes each message as one line to standard error: for people, or as a JSON object.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat
    private let time: any TimeSource
    private let write: @Sendable (String) -> Void

    init(
        label: String,
        level: Logger.Level,
        format: LogFormat,
        time: any TimeSource = SystemTime(),
        metadataProvider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable (String) -> Void = { StandardStream.errors.write($0) }
    ) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.time = time
        self.metadataProvider = metadataProvider
        self.write = write
    }

    /// Makes the process's loggers write through this handler.
    static func install(_ log: TocsinConfiguration.Log) {
        LoggingSystem.bootstrap(
            { LineLogHandler(label: $0, level: log.level, format: log.format, metadataProvider: $1) },
            metadataProvider: nil
        )
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { _, new in new } }
        if let own = event.metadata { values.merge(own) { _, new in new } }
        if let error = event.error, values["error"] == nil { values["error"] = "\(error)" }
        let sorted = values.sorted { $0.key < $1.key }
        switch format {
        case .text: write(text(event, sorted) + "\n")
        case .json: write(json(event, sorted).text + "\n")
        }
    }

    private func text(_ event: LogEvent, _ values: [(key: String, value: Logger.Metadata.Value)]) -> String {
        var line =
            "\(time.now().rfc3339) \(Self.name(of: event.level)) \(Printable.text(event.message.description))"
        for (key, value) in values {
            let text = Printable.text("\(value)", atMost: 1_000)
            let needsQuotes = text.isEmpty || text.utf8.contains(where: Self.endsAValue)
            line += " \(key)=" + (needsQuotes ? JSON.string(text).text : text)
        }
        return line
    }

    /// Whether a value must be quoted that holds it.
    private static func endsAValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "\"")
    }

    private func json(_ event: LogEvent, _ values: [(key: String, value: Logger.Metadata.Value)]) -> JSON {
        let own: Set<String> = ["time", "level", "logger", "message"]
        return .object(
            [
                .init("time", .string(time.now().rfc3339)), .init("level", .string(event.level.rawValue)),
                .init("logger", .string(label)), .init("message", .string(event.message.description)),
            ] + values.map { key, value in .init(own.contains(key) ? "\(key)_" : key, Self.json(value)) }
        )
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): (value as? any BinaryInteger).map { JSON($0) } ?? .string(value.description)
        case .array(let values): .array(values.map(json))
        case .dictionary(let values): .object(values.sorted { $0.key < $1.key }.map { .init($0.key, json($0.value)) })
        }
    }

    /// Of one width, so that messages stand below each other.
    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info "
        case .notice: "note "
        case .warning: "WARN "
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}
