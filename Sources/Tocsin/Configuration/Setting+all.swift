extension Setting {
    /// Every setting there is; `docs/configuration.md` lists the same, and a test compares the two.
    static let all: [Setting] = [
        roles, database, databaseConnections, broker, listen, socket, region, interval, webhook, config, grace, lease,
        pusherBatchSize, pusherSchedule, pusherHighWater, pusherTick,
        streamKey, streamMaxLength, queueKey, queueMaxLength, queueMaxBacklog,
        queueMaxDeadLetters,
        monitorConcurrency, notifierConcurrency,
        retentionRaw, retentionMinute, retentionHour, retentionDay, retentionDeliveries, retentionDeadLetters,
        networkAllow, networkDeny, channelsConsole, logLevel, logFormat, metricsListen, secretKey,
    ]

    static let roles = Setting(
        key: "roles",
        kind: .list,
        standard: "pusher,monitor,api,notifier",
        meaning: "The roles that this process takes."
    )
    static let database = Setting(
        key: "database",
        kind: .text,
        standard: "sqlite:tocsin.db",
        meaning:
            "Where sites, results, incidents and channels are kept: `sqlite:PATH`, or `postgres://…` with a Redis as "
            + "the broker."
    )
    static let databaseConnections = Setting(
        key: "databaseConnections",
        kind: .count,
        standard: "8",
        meaning: "Connections to PostgreSQL that this process has at most; 2 to 1000."
    )
    static let broker = Setting(
        key: "broker",
        kind: .text,
        standard: "embedded",
        meaning: "What keeps the two queues: `embedded` (in the SQLite file), `redis://…` or `rediss://…`."
    )
    static let listen = Setting(
        key: "listen",
        kind: .text,
        standard: "127.0.0.1:8080",
        meaning: "The address and port of the API and the dashboard; port 0 takes a free one."
    )
    static let socket = Setting(
        key: "socket",
        kind: .text,
        standard: nil,
        meaning:
            "The Unix socket for the other commands; `tocsin.sock` beside the SQLite file, or in this folder, where nothing is said."
    )
    static let region = Setting(
        key: "region",
        kind: .text,
        standard: "default",
        meaning: "The place that this process checks from."
    )
    static let interval = Setting(
        key: "interval",
        kind: .duration,
        standard: "60s",
        meaning: "How often a site is checked that sets no interval of its own; 1s or more."
    )
    static let webhook = Setting(
        key: "webhook",
        kind: .text,
        standard: nil,
        meaning: "A URL to tell: makes a webhook channel for it if there is none, and prints its secret once.",
        isSecret: true
    )
    static let config = Setting(
        key: "config",
        kind: .text,
        standard: nil,
        meaning: "The YAML file with these settings.",
        isInFile: false
    )
    static let grace = Setting(
        key: "grace",
        kind: .duration,
        standard: "10s",
        meaning: "How long what is held may take to finish after SIGINT or SIGTERM."
    )
    static let lease = Setting(
        key: "lease",
        kind: .duration,
        standard: "5s",
        meaning: "How long after its last sign of life a process is taken for dead and its work is given to others."
    )
    static let pusherBatchSize = Setting(
        key: "pusher.batchSize",
        kind: .count,
        standard: "200",
        meaning: "Sites in one page that the pusher reads and hands over; 1 to 10000."
    )
    static let pusherSchedule = Setting(
        key: "pusher.schedule",
        kind: .text,
        standard: "spread",
        meaning: "`spread` checks sites evenly over their interval, `burst` all of them when the interval begins."
    )
    static let pusherHighWater = Setting(
        key: "pusher.highWater",
        kind: .text,
        standard: "0.8",
        meaning:
            "The backlog at which the pusher waits: a share of `stream.maxLength` (such as `0.8`), or a count of 2 or more."
    )
    static let pusherTick = Setting(
        key: "pusher.tick",
        kind: .duration,
        standard: "1s",
        meaning: "How often the pusher looks for sites that are due; four times as often while it finds pages of them."
    )
    static let streamKey = Setting(
        key: "stream.key",
        kind: .text,
        standard: "MONITORING_STREAM",
        meaning: "The name of the stream of checks; regions other than `default` are appended to it."
    )
    static let streamMaxLength = Setting(
        key: "stream.maxLength",
        kind: .count,
        standard: "100000",
        meaning: "The MAXLEN of that stream, the last resort when backpressure failed."
    )
    static let queueKey = Setting(
        key: "queue.key",
        kind: .text,
        standard: "NOTIFICATION_QUEUE",
        meaning: "The name of the queue of events."
    )
    static let queueMaxLength = Setting(
        key: "queue.maxLength",
        kind: .count,
        standard: "1000000",
        meaning: "Events that may wait; beyond it the API answers 503."
    )
    static let queueMaxBacklog = Setting(
        key: "queue.maxBacklog",
        kind: .count,
        standard: "1000000",
        meaning: "Deliveries that may wait for one channel; those beyond are dead letters at once."
    )
    static let queueMaxDeadLetters = Setting(
        key: "queue.maxDeadLetters",
        kind: .count,
        standard: "100000",
        meaning: "Dead letters that are kept; beyond it the oldest are dropped, and counted."
    )
    static let monitorConcurrency = Setting(
        key: "monitor.concurrency",
        kind: .count,
        standard: "256",
        meaning: "Checks that this process makes at once."
    )
    static let notifierConcurrency = Setting(
        key: "notifier.concurrency",
        kind: .count,
        standard: "64",
        meaning: "Deliveries that this process makes at once; with 1 they are made in the order of their events."
    )
    static let retentionRaw = Setting(
        key: "retention.raw",
        kind: .duration,
        standard: "48h",
        meaning: "How long each single result is kept."
    )
    static let retentionMinute = Setting(
        key: "retention.minute",
        kind: .duration,
        standard: "30d",
        meaning: "How long the summaries of each minute are kept."
    )
    static let retentionHour = Setting(
        key: "retention.hour",
        kind: .duration,
        standard: "1y",
        meaning: "How long the summaries of each hour are kept."
    )
    static let retentionDay = Setting(
        key: "retention.day",
        kind: .duration,
        standard: "5y",
        meaning: "How long the summaries of each day are kept."
    )
    static let retentionDeliveries = Setting(
        key: "retention.deliveries",
        kind: .duration,
        standard: "30d",
        meaning: "How long the attempts of deliveries are kept."
    )
    static let retentionDeadLetters = Setting(
        key: "retention.deadLetters",
        kind: .duration,
        standard: "30d",
        meaning: "How long dead letters are kept; older ones are dropped, and counted."
    )
    static let networkAllow = Setting(
        key: "network.allow",
        kind: .list,
        standard: nil,
        meaning: "Address ranges (CIDR) that checks and channels may reach though they are private."
    )
    static let networkDeny = Setting(
        key: "network.deny",
        kind: .list,
        standard: nil,
        meaning: "Address ranges (CIDR) that checks and channels may never reach; it wins over `network.allow`."
    )
    static let channelsConsole = Setting(
        key: "channels.console",
        kind: .boolean,
        standard: "true",
        meaning: "Whether the console channel is made at the first start."
    )
    static let logLevel = Setting(
        key: "log.level",
        kind: .text,
        standard: nil,
        meaning: "The least severe messages that are written: trace, debug, info, notice, warning, error or critical. "
            + "Where it is not set: `notice` at a terminal, `info` elsewhere."
    )
    static let logFormat = Setting(
        key: "log.format",
        kind: .text,
        standard: "text",
        meaning: "`text` for people, or `json`: one object a line, everything on standard error."
    )
    static let metricsListen = Setting(
        key: "metrics.listen",
        kind: .text,
        standard: nil,
        meaning:
            "A further address and port that serves `/metrics`, `/healthz` and `/readyz` alone, without a token; for "
            + "processes without the role `api`, or apart from it."
    )
    static let secretKey = Setting(
        key: "secretKey",
        kind: .text,
        standard: nil,
        meaning: "The key that secrets in the database are encrypted with; 16 characters or more.",
        isSecret: true,
        isInFile: false
    )
}
