internal import TestSupport
internal import Testing

extension Operating {
    @Suite("Wrong usage") struct WrongUsage {
        /// A command line with a mistake, and what is to come of it.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let arguments: [String]
            let status: Int32
            /// What the sentence has to name.
            let mentions: String

            init(_ arguments: String..., status: Int32, mentions: String) {
                self.arguments = arguments
                self.status = status
                self.mentions = mentions
            }

            var testDescription: String { "tocsin \(arguments.joined(separator: " "))" }
        }

        static let mistakes = [
            Mistake("serve", "--interval", "0s", status: 64, mentions: "interval"),
            Mistake("serve", "--interval", "soon", status: 64, mentions: "interval"),
            Mistake("serve", "ftp://example.com", status: 64, mentions: "ftp://example.com"),
            Mistake("serve", "example.com", status: 64, mentions: "https://example.com"),
            Mistake("serve", "--set", "pusher.batchSizes=10", status: 64, mentions: "pusher.batchSize"),
            Mistake("serve", "--set", "pusher.batchSize=0", status: 64, mentions: "pusher.batchSize"),
            Mistake("serve", "--roles", "pusher,cook", status: 64, mentions: "cook"),
            Mistake("serve", "--roles", "api", status: 64, mentions: "broker"),
            Mistake("serve", "--database", "mysql://localhost", status: 64, mentions: "sqlite:"),
            Mistake("serve", "--broker", "amqp://localhost", status: 64, mentions: "redis://"),
            Mistake("serve", "--listen", "nowhere", status: 64, mentions: "listen"),
            Mistake("serve", "--config", "missing.yaml", status: 64, mentions: "missing.yaml"),
            Mistake("serve", "--database", "sqlite:.", "--listen", "127.0.0.1:0", status: 1, mentions: "directory"),
            Mistake("serve", "--broker", "redis://127.0.0.1:1", status: 69, mentions: "127.0.0.1:1"),
            Mistake("sites", "list", status: 69, mentions: "tocsin serve"),
            Mistake("status", "--server", "http://127.0.0.1:1", status: 69, mentions: "http://127.0.0.1:1"),
            Mistake("sites", "add", "ftp://example.com", status: 64, mentions: "ftp://example.com"),
            Mistake("events", "send", "demo", "--data", "{", status: 64, mentions: "--data"),
        ]

        @Test("One clear sentence, the right exit code, and nothing done", arguments: mistakes)
        func mistake(_ mistake: Mistake) async throws {
            try await withTocsin { tocsin in
                let outcome = try await tocsin.run(mistake.arguments)
                #expect(outcome.status == mistake.status, "\(outcome)")
                #expect(outcome.output.isEmpty, "\(outcome)")
                let lines = outcome.errors.split(separator: "\n")
                #expect(lines.count == 1, "\(outcome)")
                let sentence = lines.first.map(String.init) ?? ""
                #expect(sentence.hasPrefix("Error: "))
                #expect(sentence.hasSuffix(".") || sentence.hasSuffix("?"), "\(sentence)")
                #expect(sentence.contains(mistake.mentions), "\(sentence)")
                #expect(!tocsin.has("tocsin.db"))
            }
        }

        @Test("An unknown option or command exits with 64 and says how the command is used")
        func unknownOption() async throws {
            try await withTocsin { tocsin in
                let status = ["incidents", "update", "1", "--message", "a", "--status", "done"]
                for arguments in [["serve", "--colour"], ["watch"], ["sites", "add"], status] {
                    let outcome = try await tocsin.run(arguments)
                    #expect(outcome.status == 64, "\(outcome)")
                    #expect(outcome.errors.hasPrefix("Error: "), "\(outcome)")
                    #expect(outcome.errors.contains("Usage: "), "\(outcome)")
                }
            }
        }

        @Test("An unknown key in the file or the environment is named, with the nearest that there is")
        func unknownKey() async throws {
            try await withTocsin { tocsin in
                let file = try tocsin.write("pusher:\n  batchsize: 10\n", to: "tocsin.yaml")
                let fromFile = try await tocsin.run(["serve", "--config", file])
                #expect(fromFile.status == 64, "\(fromFile)")
                #expect(fromFile.errors.contains("pusher.batchSize"), "\(fromFile)")
                let fromEnvironment = try await tocsin.run(["serve"], environment: ["TOCSIN_INTERVALL": "3s"])
                #expect(fromEnvironment.status == 64, "\(fromEnvironment)")
                #expect(fromEnvironment.errors.contains("TOCSIN_INTERVAL"), "\(fromEnvironment)")
                #expect(!tocsin.has("tocsin.db"))
            }
        }

        @Test("A port in use ends the start with one sentence, and no site is registered")
        func portInUse() async throws {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    let outcome = try await tocsin.run(
                        ["serve", site.url(), "--listen", "127.0.0.1:\(site.port)", "--set", "log.level=error"]
                    )
                    #expect(outcome.status == 1, "\(outcome)")
                    #expect(outcome.errors.contains("127.0.0.1:\(site.port)"), "\(outcome)")
                    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
                    let server = try await tocsin.serve()
                    #expect(try await server.list("/v1/sites", by: "after").isEmpty)
                    #expect(site.requests.isEmpty)
                }
            }
        }

        @Test("A wrong password of Redis ends the start with one sentence that does not hold it")
        func wrongPassword() async throws {
            try await withRedisServer(arguments: ["--requirepass", "right-horse"]) { redis in
                try await withTocsin { tocsin in
                    for login in ["", ":wrong-horse@"] {
                        let outcome = try await tocsin.run(
                            ["serve", "http://127.0.0.1:9/", "--broker", "redis://\(login)127.0.0.1:\(redis.port)"]
                        )
                        #expect(outcome.status == 1, "\(outcome)")
                        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
                        #expect(outcome.errors.contains("password"), "\(outcome)")
                        #expect(!outcome.errors.contains("wrong-horse"), "\(outcome)")
                        #expect(!tocsin.has("tocsin.db"))
                    }
                }
            }
        }

        // PITFALLS 11: an evicted lease or event is one that nobody finds again.
        @Test("A Redis that may evict keys ends the start with one sentence that says what to set")
        func evictingBroker() async throws {
            let arguments = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]
            try await withRedisServer(arguments: arguments) { redis in
                try await withTocsin { tocsin in
                    let outcome = try await tocsin.run(["serve", "http://127.0.0.1:9/", "--broker", redis.url])
                    #expect(outcome.status == 1, "\(outcome)")
                    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
                    #expect(outcome.errors.contains("allkeys-lru"), "\(outcome)")
                    #expect(outcome.errors.contains("noeviction"), "\(outcome)")
                    #expect(!tocsin.has("tocsin.db"))
                }
            }
        }

        @Test("A second server on the same file says so and ends, and the first goes on")
        func secondServer() async throws {
            try await withTocsin { tocsin in
                let first = try await tocsin.serve()
                let outcome = try await tocsin.run(["serve", "http://127.0.0.1:9/", "--listen", "127.0.0.1:0"])
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.errors.contains("in use by another tocsin serve"), "\(outcome)")
                #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
                #expect(try await first.list("/v1/sites", by: "after").isEmpty)
                #expect(first.process.isRunning)

                // What a killed server leaves behind is in nobody's way.
                await first.process.kill()
                let next = try await tocsin.serve()
                #expect(try await next.list("/v1/sites", by: "after").isEmpty)
            }
        }
    }
}
