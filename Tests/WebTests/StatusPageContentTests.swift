import Foundation
import HTTPTypes
import Monitoring
import Notifications
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@testable import Web

@Suite struct StatusPageContentTests {
    @Test("Incidents of sites and of people are told with their updates in time order, and never who wrote them")
    func incidents() async throws {
        try await TestSite.with { site in
            let settings = [
                SiteSettings(name: "Shop", url: "https://a.example"),
                SiteSettings(name: "Lab", url: "https://b.example"),
            ]
            let ids = try await site.dependencies.sites.add(settings, by: .local).map(\.id)
            let choice = #"{"published":true,"groups":[{"name":"a","sites":["\#(ids[0])"]}]}"#
            #expect(try await site.api(.put, "/v1/status-page", choice).status == 200)
            try await site.record(ids[0], .down, after: 0)
            try await site.record(ids[1], .down, after: 0)
            let own = try #require(try await site.dependencies.monitoring.incidents(IncidentQuery(site: ids[0])).first)
            for (path, body) in [
                ("/v1/incidents/\(own.id)/updates", #"{"status":"investigating","message":"First <i>."}"#),
                ("/v1/incidents/\(own.id)/updates", #"{"status":"identified","message":"Second."}"#),
                ("/v1/incidents", #"{"title":"Mail is slow","message":"For all."}"#),
                ("/v1/incidents", #"{"title":"Lab is closed","message":"Hidden.","sites":["\#(ids[1])"]}"#),
                ("/v1/incidents", #"{"title":"Both","message":"Some.","sites":["\#(ids[1])","\#(ids[0])"]}"#),
            ] {
                #expect(try await site.api(.post, path, body).status == 201)
                site.time.advance(by: .seconds(60))
            }
            let page = try await site.browser(.get, "/status").body
            let first = try #require(page.range(of: "First &lt;i&gt;."))
            let second = try #require(page.range(of: "Second."))
            #expect(first.upperBound < second.lowerBound)
            #expect(page.contains("Mail is slow") && page.contains("Shop is not available") && page.contains("Both"))
            #expect(!page.contains("Lab") && !page.contains("Hidden.") && !page.contains(site.manager))
            let json = try await site.api(.get, "/status.json", token: .some(nil))
            let told = try json.json["incidents"]?.array ?? []
            #expect(told.map { $0["title"]?.string } == ["Both", "Mail is slow", "Shop is not available"])
            #expect(told.first?["sites"] == ["Shop"] && !json.body.contains(site.manager))
            #expect(told.last?["updates"]?.array?.map { $0["status"]?.string } == ["investigating", "identified"])
        }
    }

    @Test("What a person reported shows in the banner although every site is up")
    func banner() {
        #expect(StatusPage.Banner([.up, .up], isReported: true) == .incident)
        #expect(StatusPage.Banner([], isReported: true) == .incident)
        #expect(StatusPage.Banner([.up, .up, .down], isReported: true) == .partialOutage)
        #expect(StatusPage.Banner([.up, .degraded]) == .degraded)
        #expect(StatusPage.Banner([.up, .maintenance, .paused]) == .maintenance)
        #expect(StatusPage.Banner([.pending, .paused]) == .unknown)
        #expect(StatusPage.Banner([.up]) == .operational)
    }

    @Test("Maintenance of published sites is announced, and the days leave it out")
    func maintenance() async throws {
        try await TestSite.with { site in
            let settings = [
                SiteSettings(name: "Shop", url: "https://a.example", tags: ["prod"]),
                SiteSettings(name: "Lab", url: "https://b.example", tags: ["lab"]),
            ]
            let ids = try await site.dependencies.sites.add(settings, by: .local).map(\.id)
            let choice = #"{"published":true,"groups":[{"name":"a","sites":["\#(ids[0])"]}]}"#
            _ = try await site.api(.put, "/v1/status-page", choice)
            try await site.record(ids[0], .up, after: 0)
            let start = site.time.now()
            func window(_ title: String, _ tag: String, in seconds: Int64) async throws {
                let from = (start + .seconds(seconds)).rfc3339
                let document = #"{"title":"\#(title)","tags":["\#(tag)"],"start":"\#(from)","duration":"1h"}"#
                #expect(try await site.api(.post, "/v1/maintenance", document).status == 201)
            }
            try await window("New disks", "prod", in: 0)
            try await window("Next week", "prod", in: 7 * 86_400)
            try await window("Secret lab", "lab", in: 0)
            let page = try await site.browser(.get, "/status").body
            #expect(page.contains("New disks") && page.contains("Next week") && !page.contains("Secret lab"))
            #expect(page.contains("<b>Now</b>, until"))
            site.time.advance(by: .seconds(2 * 3_600))
            let data = try await site.api(.get, "/status.json", token: .some(nil)).json
            #expect(data["maintenance"]?.array?.map { $0["title"]?.string } == ["Next week"])
            let days = data["groups"]?.array?.first?["sites"]?.array?.first?["days"]?.array ?? []
            #expect(days.compactMap { $0["maintenanceMs"]?.int }.reduce(0, +) == 3_600_000)
        }
    }

    @Test("Days that say the same are one run, and each day is in exactly one")
    func runs() {
        let midnight = Timestamp(milliseconds: 20_000 * 86_400_000)
        let outage = Outage(
            incident: IncidentID(rawValue: 1),
            site: SiteID(rawValue: 1),
            startedAt: midnight - .seconds(86_400),
            endedAt: midnight - .seconds(86_400 - 3_600)
        )
        let days = DayUptime.days(
            6,
            since: midnight - .seconds(3 * 86_400),
            outages: [outage],
            maintenance: [(midnight - .seconds(2 * 86_400))..<(midnight - .seconds(2 * 86_400 - 60))],
            now: midnight + .seconds(60)
        )
        let runs = DayRun.runs(of: days)
        #expect(runs.map(\.kind) == [.none, .good, .maintenance, .major, .good])
        #expect(runs.first?.text == "\(days[0].day.day) to \(days[1].day.day): not watched")
        #expect(runs.map { $0.path.count { $0 == "v" } }.reduce(0, +) == 6)
        #expect(runs[2].text.hasSuffix(": 100%, no downtime, 1 min maintenance"))
        #expect(runs[3].text.hasSuffix(": 95.83%, 1 h down"))
    }

    @Test("The history has each incident in the month in which it began, and leads to the months beside it")
    func history() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            try await site.record(id, .down, after: 0)
            let month = StatusMonth(of: site.time.now())
            let next = month.next
            site.time.advance(by: next.start - site.time.now() + .seconds(60))
            _ = try await site.api(.post, "/v1/incidents", #"{"title":"Mail <b>","message":"For all."}"#)
            let newest = try await site.browser(.get, "/status/history")
            #expect(newest.body.contains("Mail &lt;b&gt;") && !newest.body.contains("not available"))
            #expect(newest.body.contains("/status/history?month=\(month.text)\"") && newest.body.contains(next.name))
            #expect(!newest.body.contains("month=\(next.next.text)"))
            let older = try await site.browser(.get, "/status/history?month=\(month.text)")
            #expect(older.body.contains("example.com is not available") && !older.body.contains("Mail"))
            #expect(older.body.contains("id=\"incident-1\"") && !older.body.contains("https://example.com"))
            for (month, status) in [
                ("2026-13", 400), ("soon", 400), ("", 400), (next.next.text, 404), ("1999-01", 404),
            ] {
                #expect(try await site.browser(.get, "/status/history?month=\(month)").status == status, "\(month)")
            }
            #expect(try await site.browser(.get, "/status/history?page=2").status == 400)
        }
    }

    @Test("Months follow each other over the years and read as they are written")
    func months() throws {
        let december = try #require(StatusMonth("2026-12"))
        #expect(december.next.text == "2027-01" && december.next.previous == december)
        #expect(december.name == "December 2026")
        #expect(december.span.upperBound == Timestamp(rfc3339: "2027-01-01T00:00:00Z"))
        for wrong in ["2026-1", "2026-00", "26-01", "+026-01", "2026-01-01", "0000-01"] {
            #expect(StatusMonth(wrong) == nil)
        }
    }

    // MARK: Feeds

    @Test("The feeds are well-formed XML whose entries keep their ids, and tell nothing but what the page tells")
    func feeds() async throws {
        try await TestSite.with { site in
            let shop = SiteSettings(name: "Shop & <co>", url: "https://secret.example")
            let id = try await site.dependencies.sites.add([shop], by: .local)[0].id
            try await site.record(id, .down, after: 0)
            let document = #"{"title":"Mail ]]> \"slow\"","message":"One\ntwo \u0026amp; \uFFFE"}"#
            let opened = try await site.api(.post, "/v1/incidents", document).json
            var ids: [[String]] = []
            for round in 0..<2 {
                for (path, element) in [("/status/feed.atom", "id"), ("/status/feed.rss", "guid")] {
                    let answer = try await site.browser(.get, path, headers: [.accept: "*/*"])
                    #expect(answer.status == 200)
                    #expect(answer.headers[.contentType]?.hasPrefix("application/") == true)
                    let feed = try #require(FeedReader.read(answer.body), "\(answer.body)")
                    #expect(
                        feed.titles.contains("Mail ]]> \"slow\"")
                            && feed.titles.contains("Shop & <co> is not available")
                    )
                    #expect(feed.texts(of: element).allSatisfy { $0.hasPrefix("urn:uuid:") })
                    #expect(Set(feed.texts(of: element)).count == feed.texts(of: element).count)
                    #expect(!answer.body.contains("secret") && !answer.body.contains("refused"))
                    #expect(!answer.body.contains(site.manager) && answer.body.contains("http://localhost/status"))
                    ids.append(feed.texts(of: element).sorted())
                }
                guard round == 0 else { break }
                let number = try #require(opened["id"]?.string)
                let update = #"{"status":"identified","message":"A disk."}"#
                site.time.advance(by: .seconds(60))
                #expect(try await site.api(.post, "/v1/incidents/\(number)/updates", update).status == 201)
            }
            #expect(ids[0] == ids[2] && ids[1] == ids[3])
            #expect(Set(ids[1]).isSubset(of: ids[0]))
        }
    }

    @Test(
        "A feed names the address under which it was asked for, whatever that is, and stays the same while nothing is new"
    )
    func feedAddress() async throws {
        try await TestSite.with { site in
            _ = try await site.api(.post, "/v1/incidents", #"{"title":"a","message":"b"}"#)
            let forwarded = try #require(HTTPField.Name("X-Forwarded-Proto"))
            let first = try await site.browser(.get, "/status/feed.atom", headers: [forwarded: "https"])
            #expect(first.body.contains("href=\"https://localhost/status\""))
            site.time.advance(by: .seconds(60))
            let tag = try #require(first.headers[.eTag])
            let headers: HTTPFields = [forwarded: "https", .ifNoneMatch: tag]
            #expect(try await site.browser(.get, "/status/feed.atom", headers: headers).status == 304)
        }
    }

    @Test("Dates of feeds are those of mail")
    func mailDates() throws {
        let moment = try #require(Timestamp(rfc3339: "2026-11-30T04:05:06Z"))
        #expect(XMLText.mailDate(moment) == "Mon, 30 Nov 2026 04:05:06 +0000")
    }

    // MARK: Badges

    @Test("A badge shows the state, the uptime or the response time of a published site, and can be shown elsewhere")
    func badges() async throws {
        try await TestSite.with { site in
            let shop = SiteSettings(name: "Shop/<b> & co", url: "https://a.example")
            let id = try await site.dependencies.sites.add([shop], by: .local)[0].id
            try await site.record(id, .up, after: 0)
            site.time.advance(by: .seconds(60))
            let path = "/badge/Shop%2F%3Cb%3E%20%26%20co.svg"
            // The median is that of a histogram, which has 141 ms for 143.
            let cases = [
                ("", "Shop/<b> & co: operational"), ("?show=uptime", "Shop/<b> & co uptime 30d: 100%"),
                ("?show=uptime&window=7d", "Shop/<b> & co uptime 7d: 100%"),
                ("?show=response", "Shop/<b> & co response 24h: 141 ms"),
            ]
            for (query, title) in cases {
                let badge = try await site.browser(.get, path + query, door: .network(isLoopback: false))
                #expect(badge.status == 200 && badge.headers[.contentType] == "image/svg+xml", "\(query)")
                let svg = try #require(FeedReader.read(badge.body))
                #expect(svg.texts(of: "title") == [title], "\(query)")
                #expect(badge.body.contains("role=\"img\"") && !badge.body.contains("<b>"))
                #expect(badge.headers[.crossOriginResourcePolicy] == "cross-origin")
                #expect(badge.headers[.cacheControl]?.hasPrefix("public, max-age=60") == true)
                let tag = try #require(badge.headers[.eTag])
                #expect(try await site.browser(.get, path + query, headers: [.ifNoneMatch: tag]).status == 304)
            }
            #expect(try await site.browser(.get, "/badge/\(id).svg").body == site.browser(.get, path).body)
            for (wrong, status) in [
                ("/badge/99.svg", 404), ("/badge/\(id).png", 404), ("/badge/\(id)", 404), ("/badge/%FF.svg", 404),
                ("/badge/\(id).svg?show=money", 400), ("/badge/\(id).svg?show=uptime&window=3d", 400),
                ("/badge/\(id).svg?size=2", 400),
            ] { #expect(try await site.browser(.get, wrong).status == status, "\(wrong)") }
        }
    }

    @Test("White letters can be read on every colour of a badge")
    func contrast() throws {
        let values: [Badge.Value] = [
            .state(.up), .state(.degraded), .state(.down), .state(.pending), .uptime(1), .uptime(0.995), .uptime(0.5),
        ]
        for colour in values.map(\.colour) {
            let channels = try (0..<3).map { place in
                let start = colour.index(colour.startIndex, offsetBy: 1 + 2 * place)
                let value = try #require(Int(colour[start...].prefix(2), radix: 16))
                let share = Double(value) / 255
                return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
            }
            // WCAG 2.2, "contrast ratio".
            let luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
            #expect(1.05 / (luminance + 0.05) >= 4.5, "\(colour)")
        }
    }
}

/// Reads XML into the texts of its elements.
private final class FeedReader: NSObject, XMLParserDelegate {
    private var open: [(name: String, text: String)] = []
    private var found: [(name: String, text: String)] = []

    /// Nil for what is not well-formed.
    static func read(_ text: String) -> FeedReader? {
        let reader = FeedReader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        return parser.parse() ? reader : nil
    }

    var titles: [String] { texts(of: "title") }

    func texts(of name: String) -> [String] { found.filter { $0.name == name }.map(\.text) }

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append((name, ""))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        if let element = open.popLast() { found.append(element) }
    }
}
