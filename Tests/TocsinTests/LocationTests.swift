internal import Testing

@testable internal import Tocsin

@Suite struct LocationTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8_080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535),
        ("0.0.0.0:80", "0.0.0.0", 80),
    ])
    func `a listen address is read and written again`(_ text: String, _ host: String, _ port: Int) throws {
        let address = try ListenAddress(text: text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "8080", ":8080", "host", "host:", "host:x", "host:65536", "host:-1", "::1:8080", "a b:1", "http://h:1",
    ])
    func `other texts are no listen addresses`(_ text: String) {
        #expect(throws: TocsinConfiguration.Expected.self) { try ListenAddress(text: text) }
    }

    @Test func `only loopback addresses are loopback`() throws {
        for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"] {
            #expect(try ListenAddress(text: text).isLoopback)
        }
        for text in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "127.0.0.1.example.com:1", "128.0.0.1:1"] {
            #expect(try !ListenAddress(text: text).isLoopback)
        }
    }

    @Test(arguments: [
        ("sqlite:tocsin.db", "tocsin.db"), ("sqlite:/var/lib/t.db", "/var/lib/t.db"),
        ("sqlite:///var/t.db", "/var/t.db"),
    ])
    func `a database is a path`(_ text: String, _ path: String) throws {
        #expect(try DatabaseLocation(text: text) == .sqlite(path: path))
    }

    @Test(arguments: ["postgres://host/db", "postgresql://user:p%40ss@host:5432/db?sslmode=require"])
    func `a database is a PostgreSQL URL`(_ text: String) throws {
        #expect(try DatabaseLocation(text: text) == .postgres(url: text))
    }

    @Test(arguments: [
        "", "tocsin.db", "sqlite:", "sqlite::memory:", "mysql://host/db", "postgres:", "postgres://host:x/db",
    ])
    func `other databases are refused`(_ text: String) {
        #expect(throws: TocsinConfiguration.Expected.self) { try DatabaseLocation(text: text) }
    }

    @Test(arguments: [
        "redis://localhost", "redis://127.0.0.1:6379/3", "rediss://u:p@host:6380/0", "redis://[::1]:6379",
    ])
    func `a broker is a Redis URL`(_ text: String) throws {
        #expect(try BrokerLocation(text: text) == .redis(url: text))
    }

    @Test(arguments: ["", "redis", "redis://", "http://host", "redis://host/x", "Embedded"])
    func `other brokers are refused`(_ text: String) {
        #expect(throws: TocsinConfiguration.Expected.self) { try BrokerLocation(text: text) }
    }

    @Test(arguments: ["https://example.com", "http://127.0.0.1:8080/path?q=1"])
    func `a site is a URL`(_ text: String) throws {
        #expect(try SiteArgument.checked(text) == text)
    }

    @Test func `a site without a scheme is told how to write it`() {
        let error = #expect(throws: CommandError.self) { try SiteArgument.checked("example.com:8080") }
        #expect(error?.status == .usage)
        #expect(
            error?.message
                == "`example.com:8080` has no scheme; write https://example.com:8080 or http://example.com:8080."
        )
        #expect(throws: CommandError.self) { try SiteArgument.checked("ftp://example.com") }
        #expect(throws: CommandError.self) { try SiteArgument.checked("https://") }
    }

    @Test func `a server is found by option, URL, socket and database, in this order`() throws {
        func endpoint(_ server: String?, _ socket: String?, _ environment: [String: String]) throws -> ServerEndpoint {
            try ServerEndpoint(server: server, socket: socket, environment: environment)
        }
        var environment = ["TOCSIN_DATABASE": "sqlite:data/t.db"]
        #expect(try endpoint(nil, nil, [:]) == .socket(path: "tocsin.sock"))
        #expect(try endpoint(nil, nil, environment) == .socket(path: "data/tocsin.sock"))
        environment["TOCSIN_SOCKET"] = "s.sock"
        #expect(try endpoint(nil, nil, environment) == .socket(path: "s.sock"))
        environment["TOCSIN_URL"] = "https://tocsin.example.com/"
        environment["TOCSIN_TOKEN"] = "t"
        #expect(try endpoint(nil, nil, environment) == .url("https://tocsin.example.com", token: "t"))
        #expect(try endpoint(nil, "x.sock", environment) == .socket(path: "x.sock"))
        #expect(try endpoint("http://h:1", "x.sock", environment) == .url("http://h:1", token: "t"))
        #expect(throws: CommandError.self) { try endpoint("tocsin.example.com", nil, [:]) }
        #expect(throws: CommandError.self) { try endpoint(nil, nil, ["TOCSIN_DATABASE": "tocsin.db"]) }
    }

    @Test func `a socket's path is one host of a URL, and a token is never sent through it`() throws {
        let endpoint = try ServerEndpoint(
            server: nil,
            socket: "/run/to csin/ü.sock",
            environment: ["TOCSIN_TOKEN": "t"]
        )
        #expect(endpoint.base == "http+unix://%2Frun%2Fto%20csin%2F%C3%BC.sock")
        #expect(endpoint.token == nil)
    }
}
