import Testing

@testable import Redis

@Suite struct RedisURLTests {
    @Test("A URL is taken apart, with percent-decoded credentials")
    func parts() throws {
        let url = try RedisURL("redis://us%3Aer:p%40ss%2Fw%3Ard@redis.example:7000/3")
        #expect(!url.usesTLS)
        #expect(url.user == "us:er")
        #expect(url.password == "p@ss/w:rd")
        #expect(url.host == "redis.example")
        #expect(url.port == 7000)
        #expect(url.database == 3)
    }

    @Test("What is left out has its default")
    func defaults() throws {
        let url = try RedisURL("redis://localhost")
        #expect(url.user == nil && url.password == nil && url.port == 6379 && url.database == 0 && url.caFile == nil)
        #expect(try RedisURL("redis://:secret@h").user == nil)
        #expect(try RedisURL("redis://:secret@h").password == "secret")
        #expect(try RedisURL("redis://[::1]:7001/").host == "::1")
        #expect(try RedisURL("redis://[::1]:7001/").port == 7001)
        #expect(try RedisURL("rediss://h?ca=/etc/my%20ca.pem").caFile == "/etc/my ca.pem")
    }

    @Test(
        "A wrong URL is refused with what is wrong, and without its password",
        arguments: [
            ("localhost:6379", "no scheme"), ("http://s3cret@h", "neither redis nor rediss"),
            ("redis://", "no host"), ("redis://:s3cret@", "no host"), ("redis://s3cret@h", "not user:password"),
            ("redis://u:s3cret@h:x", "port"), ("redis://u:s3cret@h:0", "port"), ("redis://u:s3cret@h:65536", "port"),
            ("redis://u:s3cret@h/one", "database number"), ("redis://u:s3cret%zz@h", "hexadecimal"),
            ("redis://u:s3cret%ff@h", "UTF-8"), ("redis://u:s3cret#@h", "%23"), ("redis://u:s3cret@[::1", "no ]"),
            ("redis://h?ca=/x", "needs rediss"), ("rediss://h?timeout=5", "only query item"),
        ]
    )
    func wrong(text: String, reason: String) throws {
        let error = try #require(throws: RedisError.self) { try RedisURL(text) }
        #expect(error.code == .configuration)
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(!error.message.contains("s3cret"))
    }

    @Test("A configuration prints no password, however it is printed")
    func configurationHidesPassword() throws {
        let configuration = try RedisConfiguration(url: "redis://user:s3cret@host:1/2")
        #expect("\(configuration)" == "redis://user:***@host:1/2")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(!String(reflecting: configuration).contains("s3cret"))
    }

    @Test("A CA file that can't be used is named")
    func wrongCAFile() throws {
        let error = try #require(throws: RedisError.self) {
            try RedisConfiguration(url: "rediss://u:s3cret@h?ca=/nowhere/ca.pem")
        }
        #expect(error.code == .configuration)
        #expect(error.message.contains("/nowhere/ca.pem"))
        #expect(!error.message.contains("s3cret"))
    }
}
