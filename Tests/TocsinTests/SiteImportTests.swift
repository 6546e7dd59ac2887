internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

@testable internal import Tocsin

@Suite struct SiteImportTests {
    /// Names the site by its URL, and refuses those whose URL has no scheme.
    private struct Rules: SiteRulesChecking {
        func check(_ document: JSON) -> Result<String, DocumentProblems> {
            guard let url = document["url"]?.string, url.contains("://") else {
                return .failure(DocumentProblems(problems: [FieldProblem(pointer: "/url", detail: "Should be a URL.")]))
            }
            return .success(document["name"]?.string ?? url)
        }
    }

    private func withList<Result>(
        _ text: String,
        as file: String,
        _ body: (SiteImport) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            let path = folder + "/" + file
            try Data(text.utf8).write(to: URL(filePath: path))
            let list = try await SiteList(path: path, format: nil)
            return try await body(SiteImport(list: list, name: file, rules: Rules()))
        }
    }

    private func documents(_ text: String, as file: String) async throws -> [JSON] {
        try await withList(text, as: file) { work in
            _ = try await work.check()
            var sites: [JSON] = []
            _ = try await work.send { chunk in
                sites += chunk
                return chunk.count
            }
            return sites
        }
    }

    private func problems(_ text: String, as file: String) async throws -> ImportError {
        try await withList(text, as: file) { work in
            try await #require(throws: ImportError.self) { try await work.check() }
        }
    }

    @Test func `the columns of a CSV become fields, empty ones nothing`() async throws {
        let text = """
            url,Name,interval,tags,method,expect.status,expect.certificateDays,verifyTLS,headers.Accept,paused
            https://a.example,A,30s,web;eu ,POST,200-299;401,7,false,text/html,true
            https://b.example,,,,,,,,,
            """
        #expect(
            try await documents(text, as: "sites.csv") == [
                [
                    "url": "https://a.example", "name": "A", "interval": "30s", "tags": ["web", "eu"], "method": "POST",
                    "expect": ["status": ["200-299", "401"], "certificateDays": 7], "verifyTLS": false,
                    "headers": ["Accept": "text/html"], "paused": true,
                ],
                ["url": "https://b.example"],
            ]
        )
    }

    @Test func `a bad line is named, and nothing is imported`() async throws {
        let error = try await problems("url,name\nhttps://a.example,A\nb.example,B\n", as: "sites.csv")
        #expect(
            error.sentences == [
                "sites.csv line 3: url: Should be a URL.",
                "Nothing was imported; mend the file and import it again.",
            ]
        )
    }

    @Test(arguments: [
        ("url,nmae\n", "did you mean `name`?"), ("name\nx\n", "no column `url`"), ("url,url\n", "is there twice"),
        ("https://a.example\n", "the first line must name the columns"), ("url;name;tags\n", "separated by commas"),
        ("url,name\nhttps://a.example\n", "1 fields, but the first line names 2 columns"),
        ("url,redirects\nhttps://a.example,many\n", "redirects must be a whole number"),
        ("url,paused\nhttps://a.example,maybe\n", "paused must be true or false"),
    ])
    func `what is wrong with a CSV is told`(_ text: String, _ words: String) async throws {
        let error = try await problems(text, as: "sites.csv")
        #expect(error.sentences.first?.contains(words) == true)
    }

    @Test func `a name that is there twice is told with both lines`() async throws {
        let error = try await problems(
            "url\nhttps://a.example\nhttps://b.example\nhttps://a.example\n",
            as: "sites.csv"
        )
        #expect(error.sentences.first?.contains("line 4: the name `https://a.example` is that of line 2") == true)
    }

    @Test func `of very many problems the first are told`() async throws {
        let error = try await problems("url\n" + (1...1_000).map { "bad\($0)\n" }.joined(), as: "sites.csv")
        #expect(error.problems.count == SiteImport.mostProblems)
        #expect(error.isCut)
    }

    @Test(arguments: [
        "- url: https://a.example\n  interval: 30s\n- https://b.example\n",
        "sites:\n  - url: https://a.example\n    interval: 30s\n  - https://b.example\n",
        "[{\"url\": \"https://a.example\", \"interval\": \"30s\"}, {\"url\": \"https://b.example\"}]",
        "x-all: &all\n  interval: 30s\nsites:\n- <<: *all\n  url: https://a.example\n- url: https://b.example\n",
    ])
    func `YAML is a list of sites, by itself or under sites`(_ text: String) async throws {
        let sites = try await documents(text, as: "sites.yaml")
        #expect(sites.map { $0["url"]?.string } == ["https://a.example", "https://b.example"])
        #expect(sites.first?["interval"] == "30s")
    }

    @Test func `a bad item of a YAML list is named by its line`() async throws {
        let error = try await problems("# ours\n- url: https://a.example\n-\n  url: b.example\n", as: "sites.yaml")
        #expect(error.sentences.first == "sites.yaml line 4: url: Should be a URL.")
        let broken = try await problems("- url: https://a.example\n- url: [\n", as: "sites.yaml")
        #expect(broken.sentences.first?.contains("not YAML") == true)
        let other = try await problems("websites:\n- url: https://a.example\n", as: "sites.yaml")
        #expect(other.sentences.first?.contains("write `sites:`") == true)
    }

    @Test func `a format that the name does not tell is seen in the text`() async throws {
        #expect(try await documents("\n# list\n- https://a.example\n", as: "sites").count == 1)
        #expect(try await documents("url\nhttps://a.example\n", as: "sites").count == 1)
    }

    @Test func `an empty list is no mistake`() async throws {
        #expect(try await documents("", as: "sites.csv").isEmpty)
        #expect(try await documents("url\n", as: "sites.csv").isEmpty)
        #expect(try await documents("sites:\n", as: "sites.yaml").isEmpty)
    }

    @Test(arguments: [0, 1, 999, 1_000, 1_001, 2_500])
    func `a list is sent in chunks of at most a thousand, in its order`(_ count: Int) async throws {
        let text = "url\n" + (0..<count).map { "https://\($0).example\n" }.joined()
        try await withList(text, as: "sites.csv") { work in
            #expect(try await work.check() == count)
            var sizes: [Int] = []
            var urls: [String] = []
            let outcome = try await work.send { chunk in
                sizes.append(chunk.count)
                urls += chunk.compactMap { $0["url"]?.string }
                return 1
            }
            #expect(outcome == SiteImport.Outcome(total: count, added: sizes.count))
            #expect(sizes.count == (count + 999) / 1_000)
            #expect(sizes.allSatisfy { $0 <= 1_000 })
            #expect(urls == (0..<count).map { "https://\($0).example" })
        }
    }

    @Test func `a chunk stays under the server's limit of a mebibyte`() async throws {
        let body = String(repeating: "x", count: 10_000)
        let text = "url,body\n" + (0..<300).map { "https://\($0).example,\(body)\n" }.joined()
        try await withList(text, as: "sites.csv") { work in
            var total = 0
            _ = try await work.send { chunk in
                #expect(JSON.array(chunk).bytes.count < 1 << 20)
                total += chunk.count
                return 0
            }
            #expect(total == 300)
        }
    }

    @Test func `a failure after some chunks says how much is in, and keeps its exit status`() async throws {
        let text = "url\n" + (0..<1_500).map { "https://\($0).example\n" }.joined()
        try await withList(text, as: "sites.csv") { work in
            var chunks = 0
            let error = await #expect(throws: CommandError.self) {
                try await work.send { _ in
                    chunks += 1
                    if chunks == 2 { throw CommandError(.unavailable, "Gone.") }
                    return 0
                }
            }
            #expect(error?.status == .unavailable)
            #expect(error?.message.contains("1000 sites before it are imported") == true)
        }
    }

    @Test(arguments: ["sites.csv", "sites.yaml"])
    func `a large file is read piece by piece`(_ file: String) async throws {
        try await withTemporaryDirectory { folder in
            // Beyond what is parsed as a whole: 20,000 sites, 20 MB.
            let path = folder + "/" + file
            let filler = String(repeating: "x", count: 1_000)
            let isCSV = file.hasSuffix(".csv")
            var text = isCSV ? "url,name\n" : "# all\nsites:\n"
            for number in 0..<20_000 {
                text +=
                    isCSV
                    ? "https://\(number).example/\(filler),n\(number)\n"
                    : "- url: https://\(number).example/\(filler)\n  name: n\(number)\n"
            }
            try Data(text.utf8).write(to: URL(filePath: path))
            var count = 0
            var largest = 0
            let start = try residentBytes()
            try await SiteList(path: path, format: nil).forEach { record in
                if count % 4_000 == 0 { largest = max(largest, try residentBytes()) }
                #expect(record.document["name"]?.string == "n\(count)")
                #expect(record.line == (isCSV ? count + 2 : count * 2 + 3))
                count += 1
            }
            #expect(count == 20_000)
            // The whole as parsed nodes would take some 300 MB.
            #expect(largest - start < 100 << 20)
        }
    }

    /// The resident memory of this process, where the system tells it.
    private func residentBytes() throws -> Int {
        #if os(Linux)
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(fields[1]) ?? 0) * 4_096
        #else
            return 0
        #endif
    }
}
