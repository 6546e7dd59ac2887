internal import Foundation
internal import Logging
internal import Monitoring
internal import Notifications

extension TocsinConfiguration {
    /// Reads the configuration from options, environment and file, and checks it whole.
    ///
    /// - Parameters:
    ///   - options: Values by key, with the words that name each.
    ///   - environment: The environment of the process.
    /// - Throws: ``ConfigurationError`` with every problem there is.
    init(options: [String: (value: String, name: String)], environment: [String: String]) throws {
        let path = options[Setting.config.key]?.value ?? environment[Setting.config.environmentName]
        let file = try path.flatMap { $0.isEmpty ? nil : $0 }.map { path in (path: path, text: try Self.text(of: path))
        }
        try self.init(
            sources: try SettingSources(options: options, environment: environment, file: file),
            file: file?.path
        )
    }

    /// Reads the configuration from its sources.
    ///
    /// - Throws: ``ConfigurationError`` with every problem there is.
    init(sources: SettingSources, file: String? = nil) throws {
        var reader = SettingReader(sources)
        let location = reader.read(.database, as: DatabaseLocation.init(text:))
        let socket = reader.optional(.socket, as: Self.socketPath)
        let streamLength = reader.count(.streamMaxLength, in: 2...100_000_000)
        let highWater = reader.read(.pusherHighWater) { try Self.highWater($0, of: streamLength ?? 100_000) }
        let settings = (
            roles: reader.read(.roles, as: Role.set(text:)),
            broker: reader.read(.broker, as: BrokerLocation.init(text:)),
            listen: reader.read(.listen, as: ListenAddress.init(text:)),
            region: reader.read(.region, as: Self.name),
            interval: reader.duration(.interval, from: .seconds(1)),
            webhook: reader.optional(.webhook, as: Self.httpURL),
            grace: reader.duration(.grace, from: .zero),
            lease: reader.duration(.lease, from: .seconds(1)),
            batchSize: reader.count(.pusherBatchSize, in: 1...10_000),
            schedule: reader.oneOf(.pusherSchedule, Schedule.self),
            tick: reader.duration(.pusherTick, from: .milliseconds(10)),
            streamKey: reader.read(.streamKey, as: Self.redisKey),
            queueKey: reader.read(.queueKey, as: Self.redisKey),
            queueLength: reader.count(.queueMaxLength, in: 1...1_000_000_000),
            backlog: reader.count(.queueMaxBacklog, in: 1...1_000_000_000),
            deadLetters: reader.count(.queueMaxDeadLetters, in: 1...1_000_000_000)
        )
        let limits = (
            connections: reader.count(.databaseConnections, in: 2...1_000),
            monitor: reader.count(.monitorConcurrency, in: 1...100_000),
            notifier: reader.count(.notifierConcurrency, in: 1...100_000),
            raw: reader.duration(.retentionRaw, from: .seconds(3_600)),
            minute: reader.duration(.retentionMinute, from: .seconds(3_600)),
            hour: reader.duration(.retentionHour, from: .seconds(86_400)),
            day: reader.duration(.retentionDay, from: .seconds(86_400)),
            deliveries: reader.duration(.retentionDeliveries, from: .seconds(3_600)),
            letters: reader.duration(.retentionDeadLetters, from: .seconds(3_600)),
            allow: reader.list(.networkAllow, as: Self.addressRange),
            deny: reader.list(.networkDeny, as: Self.addressRange),
            level: reader.optional(.logLevel, as: Self.logLevel),
            format: reader.oneOf(.logFormat, LogFormat.self),
            metrics: reader.optional(.metricsListen, as: ListenAddress.init(text:)),
            console: reader.boolean(.channelsConsole),
            secret: reader.optional(.secretKey, as: Self.secret)
        )
        if let stream = settings.streamKey, stream == settings.queueKey {
            reader.fail("stream.key and queue.key are both \(stream); the two queues need keys of their own.")
        }
        guard reader.problems.isEmpty, let database = location, let roles = settings.roles,
            let broker = settings.broker,
            let listen = settings.listen, let region = settings.region, let interval = settings.interval,
            let grace = settings.grace, let lease = settings.lease, let batchSize = settings.batchSize,
            let schedule = settings.schedule, let tick = settings.tick, let streamKey = settings.streamKey,
            let queueKey = settings.queueKey, let queueLength = settings.queueLength,
            let backlog = settings.backlog, let deadLetters = settings.deadLetters, let letters = limits.letters,
            let streamLength, let highWater, let connections = limits.connections,
            let monitor = limits.monitor, let notifier = limits.notifier, let raw = limits.raw,
            let minute = limits.minute, let hour = limits.hour, let day = limits.day,
            let deliveries = limits.deliveries, let format = limits.format,
            let console = limits.console
        else { throw ConfigurationError(reader.problems) }

        self.init(
            roles: roles,
            database: database,
            databaseConnections: connections,
            broker: broker,
            listen: listen,
            socket: socket ?? database.defaultSocket,
            region: region,
            interval: interval,
            webhook: settings.webhook,
            file: file,
            grace: grace,
            lease: lease,
            pusher: Pusher(batchSize: batchSize, schedule: schedule, highWater: highWater, tick: tick),
            stream: Stream(key: streamKey, maxLength: streamLength),
            queue: Queue(
                key: queueKey,
                bounds: QueueBounds(
                    maxLength: queueLength,
                    maxBacklog: backlog,
                    maxDeadLetters: deadLetters,
                    deadLetterLifetime: letters
                )
            ),
            monitorConcurrency: monitor,
            notifierConcurrency: notifier,
            retention: Retention(raw: raw, minute: minute, hour: hour, day: day),
            deliveryRetention: deliveries,
            network: Network(allow: limits.allow, deny: limits.deny),
            log: Log(
                level: limits.level ?? (Terminal.standard().hasInteractiveErrors ? .notice : .info),
                format: format
            ),
            metricsListen: limits.metrics,
            hasConsoleChannel: console,
            secretKey: limits.secret
        )
        try checkTogether()
    }

    /// Checks what no setting can tell by itself.
    private func checkTogether() throws {
        var problems: [ConfigurationError.Problem] = []
        if pusher.highWater > stream.maxLength {
            problems.append(
                ConfigurationError.Problem(
                    "pusher.highWater is \(pusher.highWater), above stream.maxLength (\(stream.maxLength)); the stream would drop checks before the pusher waits."
                )
            )
        }
        if let metricsListen, metricsListen.port != 0, metricsListen == listen, roles.contains(.api) {
            problems.append(
                ConfigurationError.Problem(
                    "metrics.listen and listen are both \(listen), where /metrics is served already; leave metrics.listen out, or choose another port."
                )
            )
        }
        if case .postgres = database, broker == .embedded {
            problems.append(
                ConfigurationError.Problem(
                    "database is a PostgreSQL, but the embedded broker keeps its queues in a SQLite file; name a Redis with broker, such as redis://127.0.0.1:6379."
                )
            )
        } else if roles.count < Role.allCases.count, broker == .embedded,
            !roles.contains(.pusher) || !roles.contains(.monitor)
        {
            // One process owns the embedded broker's file, so nobody else could take the roles that it leaves out.
            let missing = Role.allCases.filter { !roles.contains($0) && ($0 == .pusher || $0 == .monitor) }
            problems.append(
                ConfigurationError.Problem(
                    "roles leaves out \(missing.map(\.rawValue).joined(separator: " and ")), which with the embedded broker no other process can take; add them, or name a Redis with broker."
                )
            )
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    private static func text(of path: String) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError("The configuration file \(path) can't be read: \(FileProblem(error)).")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError("The configuration file \(path) is not UTF-8 text.")
        }
        return text
    }
}
