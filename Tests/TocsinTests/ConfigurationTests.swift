internal import ArgumentParser
internal import Logging
internal import Monitoring
internal import Notifications
internal import Networking
internal import TestSupport
internal import Testing

@testable internal import Tocsin

@Suite struct ConfigurationTests {
    private func configuration(
        _ options: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) throws -> TocsinConfiguration {
        let sources = try SettingSources(
            options: options.reduce(into: [:]) { $0[$1.key] = ($1.value, "the option --\($1.key)") },
            environment: environment,
            file: file.map { ("tocsin.yaml", $0) }
        )
        return try TocsinConfiguration(sources: sources)
    }

    private func problems(
        _ options: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) throws -> [String] {
        let error = try #require(throws: ConfigurationError.self) {
            try configuration(options, environment: environment, file: file)
        }
        return error.problems.map(\.description)
    }

    @Test func `nothing said gives the defaults of the contract`() throws {
        let configuration = try configuration()
        #expect(configuration.roles == Set(Role.allCases))
        #expect(configuration.database == .sqlite(path: "tocsin.db"))
        #expect(configuration.broker == .embedded)
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.socket == "tocsin.sock")
        #expect(configuration.region == "default")
        #expect(configuration.interval == .seconds(60))
        #expect(configuration.webhook == nil)
        #expect(configuration.grace == .seconds(10))
        #expect(configuration.lease == .seconds(5))
        #expect(configuration.pusher.batchSize == 200)
        #expect(configuration.pusher.schedule == .spread)
        #expect(configuration.pusher.highWater == 80_000)
        #expect(configuration.stream == TocsinConfiguration.Stream(key: "MONITORING_STREAM", maxLength: 100_000))
        #expect(configuration.queue == TocsinConfiguration.Queue(key: "NOTIFICATION_QUEUE", bounds: QueueBounds()))
        #expect(configuration.monitorConcurrency == 256)
        #expect(configuration.notifierConcurrency == 64)
        #expect(configuration.retention == Retention())
        #expect(configuration.deliveryRetention == .seconds(30 * 86_400))
        #expect(configuration.network == TocsinConfiguration.Network(allow: [], deny: []))
        #expect(configuration.log == TocsinConfiguration.Log(level: .info, format: .text))
        #expect(configuration.hasConsoleChannel)
        #expect(configuration.secretKey == nil)
    }

    @Test func `an option wins over the environment, the environment over the file, the file over the default`() throws
    {
        let file = "interval: 40s"
        let environment = ["TOCSIN_INTERVAL": "30s"]
        #expect(try configuration(file: file).interval == .seconds(40))
        #expect(try configuration(environment: environment, file: file).interval == .seconds(30))
        #expect(try configuration(["interval": "20s"], environment: environment, file: file).interval == .seconds(20))
    }

    @Test func `an empty variable is one that is not set`() throws {
        #expect(try configuration(environment: ["TOCSIN_INTERVAL": ""], file: "interval: 40s").interval == .seconds(40))
    }

    @Test func `every key has the variable that the contract's examples show`() {
        #expect(Setting.pusherBatchSize.environmentName == "TOCSIN_PUSHER_BATCH_SIZE")
        #expect(Setting.database.environmentName == "TOCSIN_DATABASE")
        #expect(Setting.secretKey.environmentName == "TOCSIN_SECRET_KEY")
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.environmentName)).count == Setting.all.count)
    }

    @Test(arguments: Setting.all)
    func `each setting is found under the name that the documentation gives its variable`(_ setting: Setting) throws {
        let sources = try SettingSources(options: [:], environment: [setting.environmentName: "x"], file: nil)
        let found = try #require(try sources.value(of: setting))
        #expect(found.text == "x")
        #expect(found.source == "the environment variable \(setting.environmentName)")
    }

    @Test func `keys of the file may be nested or dotted, and lists may be lists`() throws {
        let nested = try configuration(
            file: "pusher:\n  batchSize: 50\nnetwork:\n  allow: [10.0.0.0/8, \"fd00::/8\"]\n"
        )
        #expect(nested.pusher.batchSize == 50)
        #expect(nested.network.allow.map(\.description) == ["10.0.0.0/8", "fd00::/8"])
        let dotted = try configuration(file: "pusher.batchSize: 50\nnetwork.allow: 10.0.0.0/8, fd00::/8\n")
        #expect(dotted.pusher == nested.pusher)
        #expect(dotted.network == nested.network)
    }

    @Test(arguments: ["", "# nothing\n", "webhook:\n", "network:\n  allow: []\n"])
    func `a file that says nothing changes nothing`(_ text: String) throws {
        #expect(try configuration(file: text) == configuration())
    }

    @Test func `an unknown key of the file is refused with its line and the nearest key`() throws {
        let problems = try problems(file: "interval: 30s\npusher:\n  batchsize: 100\n")
        #expect(problems.count == 1)
        #expect(
            problems[0]
                == "tocsin.yaml line 3 sets `pusher.batchsize`, which is no setting; did you mean `pusher.batchSize`?"
        )
    }

    @Test func `an unknown variable is refused with the nearest one`() throws {
        let problems = try problems(environment: ["TOCSIN_PUSHER_BATCHSIZE": "100"])
        #expect(
            problems == [
                "the environment has TOCSIN_PUSHER_BATCHSIZE, which is no setting; did you mean `TOCSIN_PUSHER_BATCH_SIZE`?"
            ]
        )
    }

    @Test func `variables of the client, of the build and of Kubernetes are no mistakes`() throws {
        let environment = [
            "TOCSIN_URL": "https://tocsin.example.com", "TOCSIN_TOKEN": "t", "TOCSIN_BENCHMARKS": "1",
            "TOCSIN_SERVICE_HOST": "10.0.0.1", "TOCSIN_SERVICE_PORT_HTTP": "80", "TOCSIN_PORT": "tcp://10.0.0.1:80",
            "TOCSIN_PORT_80_TCP_ADDR": "10.0.0.1", "TOCSIN_REDIS_PORT_6379_TCP": "tcp://10.0.0.2:6379", "PATH": "/bin",
        ]
        #expect(try configuration(environment: environment) == configuration())
    }

    @Test func `a wrong value is told with its key, its source, itself and what would be right`() throws {
        #expect(
            try problems(["interval": "0"]) == [
                "interval can't be `0` (from the option --interval); it must be a duration of 1s or more, such as 30s, 5m or 1h30m."
            ]
        )
        #expect(
            try problems(environment: ["TOCSIN_MONITOR_CONCURRENCY": "many"]) == [
                "monitor.concurrency can't be `many` (from the environment variable TOCSIN_MONITOR_CONCURRENCY); it must be a whole number from 1 to 100000."
            ]
        )
        #expect(
            try problems(file: "\npusher.schedule: random\n") == [
                "pusher.schedule can't be `random` (from tocsin.yaml line 2); it must be one of spread, burst."
            ]
        )
    }

    @Test func `all problems are told at once`() throws {
        let problems = try problems(["interval": "0", "region": "a b"], environment: ["TOCSIN_LEASE": "soon"])
        #expect(problems.count == 3)
    }

    @Test func `a secret is never shown, wherever it stands`() throws {
        let messages = try [
            problems(environment: ["TOCSIN_SECRET_KEY": "hunter2"]),
            problems(["broker": "redi://user:hunter2@host"]),
            problems(["broker": "redis://user:hunter2@host/notanumber"]),
            problems(["database": "postgres://user:hunter2@host:notaport/name"]),
            problems(["database": "postgres://host:notaport/name?password=hunter2"]),
            problems(["webhook": "ftp://host/hunter2"]),
            problems(file: "secretKey: hunter2"),
        ].flatMap { $0 }
        #expect(messages.count == 7)
        for message in messages { #expect(!message.contains("hunter2")) }
        #expect(!BrokerLocation.redis(url: "rediss://user:hunter2@host:6379/1").description.contains("hunter2"))
    }

    @Test func `a secret can't be put into the file`() throws {
        #expect(
            try problems(file: "secretKey: 0123456789abcdef").first?.contains("set TOCSIN_SECRET_KEY instead") == true
        )
    }

    @Test func `PostgreSQL needs a Redis`() throws {
        let database = "postgres://user:hunter2@db/tocsin"
        let problem = try #require(try problems(["database": database]).first)
        #expect(problem.contains("name a Redis with broker"))
        #expect(!problem.contains("hunter2"))
        let configuration = try configuration(["database": database, "broker": "redis://127.0.0.1"])
        #expect(configuration.database == .postgres(url: database))
        #expect(configuration.database.description == "postgres://db/tocsin")
        #expect(configuration.socket == "tocsin.sock")
        #expect(configuration.databaseConnections == 8)
    }

    @Test func `the socket lies beside the database unless it is named`() throws {
        #expect(
            try configuration(["database": "sqlite:/var/lib/tocsin/data.db"]).socket == "/var/lib/tocsin/tocsin.sock"
        )
        #expect(try configuration(["database": "sqlite:data/tocsin.db"]).socket == "data/tocsin.sock")
        #expect(try configuration(["socket": "/run/t.sock"]).socket == "/run/t.sock")
    }

    @Test func `a socket path that does not fit into sun_path is refused`() throws {
        #expect(
            try problems(["socket": "/" + String(repeating: "x", count: 200)]).first?.contains("socket can't be")
                == true
        )
    }

    @Test(arguments: [("0.5", 500), ("1", 1_000), ("1.0", 1_000), ("250", 250), ("0.001", 1)])
    func `the high-water mark is a share or a count`(_ text: String, _ expected: Int) throws {
        #expect(try configuration(["pusher.highWater": text, "stream.maxLength": "1000"]).pusher.highWater == expected)
    }

    @Test(arguments: ["0", "-1", "1.5", "x", ""])
    func `other high-water marks are refused`(_ text: String) throws {
        #expect(try problems(["pusher.highWater": text]).first?.hasPrefix("pusher.highWater can't be") == true)
    }

    @Test func `a high-water mark above the stream's length is refused`() throws {
        let problems = try problems(["pusher.highWater": "2000", "stream.maxLength": "1000"])
        #expect(problems.first?.contains("above stream.maxLength (1000)") == true)
    }

    @Test func `roles can be left out only where another process could take them`() throws {
        #expect(try problems(["roles": "api"]).first?.contains("pusher and monitor") == true)
        let configuration = try configuration(["roles": "api, notifier", "broker": "redis://127.0.0.1:6379"])
        #expect(configuration.roles == [.api, .notifier])
        #expect(try problems(["roles": "api,watcher"]).first?.contains("pusher, monitor, api, notifier") == true)
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.1/8", "example.com", "10.0.0.0/8;fd00::/8"])
    func `what is no address range is refused`(_ text: String) throws {
        #expect(try problems(["network.deny": text]).first?.contains("network.deny can't be `\(text)`") == true)
    }

    @Test func `the two queues need keys of their own`() throws {
        #expect(try problems(["stream.key": "Q", "queue.key": "Q"]).first?.contains("keys of their own") == true)
        #expect(try problems(["stream.key": "{Q}"]).first?.contains("without braces") == true)
    }

    @Test func `a file that is not there, or no YAML, is told in one sentence`() async throws {
        let options = ["config": (value: "/nowhere/tocsin.yaml", name: "the option --config")]
        let missing = #expect(throws: ConfigurationError.self) {
            try TocsinConfiguration(options: options, environment: [:])
        }
        #expect(
            missing?.description == "The configuration file /nowhere/tocsin.yaml can't be read: there is no such file."
        )
        #expect(try problems(file: "a: [").first?.hasPrefix("tocsin.yaml is not YAML: line") == true)
        #expect(try problems(file: "- a\n").first?.contains("must be a mapping") == true)
    }

    @Test func `an option that is said twice is refused`() throws {
        let serve = try Serve.parse(["--interval", "3s", "--set", "interval=4s"])
        #expect(throws: ConfigurationError.self) { try serve.options() }
    }

    @Test func `serve takes any setting with --set, but no secret`() throws {
        let options = try Serve.parse(["--set", "pusher.schedule=burst", "https://example.com"]).options()
        #expect(options["pusher.schedule"]?.value == "burst")
        #expect(throws: ConfigurationError.self) { try Serve.parse(["--set", "secretKey=0123456789abcdef"]).options() }
        #expect(throws: ConfigurationError.self) { try Serve.parse(["--set", "burst"]).options() }
    }
}
