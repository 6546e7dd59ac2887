import Monitoring
import Testing

@Suite("Recurrences")
struct RecurrenceTests {
    private static let hour = Duration.seconds(3_600)

    /// A line of the table.
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let schedule: MaintenanceSchedule
        let expected: [Timestamp]

        init(_ line: Substring) throws {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            testDescription = "\(parts[0]) from \(parts[1]) in \(parts[2])"
            let zone = try #require(IANAZone(String(parts[2])))
            let wall = try #require(WallTime(parts[1]))
            schedule = MaintenanceSchedule(
                start: zone.moment(of: wall),
                duration: RecurrenceTests.hour,
                zone: zone,
                rule: try RecurrenceRule(String(parts[0]))
            )
            expected = try parts[3].split(separator: ",").map {
                Timestamp(milliseconds: try #require(Int64($0)) * 1_000)
            }
        }
    }

    static let rows: [Row] = RecurrenceTable.text.split(separator: "\n").compactMap { try? Row($0) }

    @Test("every line of the table can be read")
    func readsTable() {
        #expect(Self.rows.count == RecurrenceTable.text.split(separator: "\n").count)
        #expect(Self.rows.count > 190)
    }

    @Test("occurrences are those of an independent expander", arguments: rows)
    func agrees(_ row: Row) throws {
        let start = row.schedule.start
        let end = start + .seconds(9 * 365 * 86_400 - 86_400)
        let all = row.schedule.occurrences(in: start..<end)
        #expect(all.prefix(8).map(\.lowerBound) == row.expected.filter { $0 < end })
        #expect(all.allSatisfy { $0.upperBound - $0.lowerBound == Self.hour })
        #expect(row.schedule.next(8, after: start).map(\.lowerBound).prefix(row.expected.count) == row.expected[...])
        // What is asked for from the middle is the same.
        for moment in row.expected.dropFirst() {
            let one = row.schedule.occurrences(in: moment..<(moment + .seconds(1)))
            #expect(one.map(\.lowerBound).contains(moment))
            #expect(row.schedule.next(1, after: moment).first.map(\.lowerBound).map { $0 <= moment } == true)
        }
    }

    @Test("a rule is read back as it was written", arguments: rows)
    func readsBack(_ row: Row) throws {
        let rule = try #require(row.schedule.rule)
        #expect(try RecurrenceRule(rule.text) == rule)
    }

    @Test(
        "what is not supported is refused by its name",
        arguments: [
            ("FREQ=HOURLY", "FREQ=HOURLY is not supported; there is DAILY, WEEKLY, MONTHLY or YEARLY."),
            ("INTERVAL=2", "FREQ is needed: DAILY, WEEKLY, MONTHLY or YEARLY."),
            ("FREQ=DAILY;BYHOUR=3", "BYHOUR is not supported"),
            ("FREQ=YEARLY;BYWEEKNO=3", "BYWEEKNO is not supported"),
            ("FREQ=DAILY;X-A=3", "X-A is no part of a rule"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice."),
            ("FREQ=DAILY;", "\"\" is no part of a rule"),
            ("FREQ=DAILY;COUNT=0", "COUNT should be from 1 to 1000"),
            ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL should be from 1 to 999"),
            ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude each other."),
            ("FREQ=DAILY;UNTIL=20270231", "UNTIL should be such as"),
            ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL should be such as"),
            ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY takes ordinals"),
            ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY has an ordinal beyond 5"),
            ("FREQ=WEEKLY;BYDAY=XX", "BYDAY should be of MO"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY has no meaning"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY should have 1 to 31"),
            ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS chooses among"),
            ("FREQ=WEEKLY;WKST=8", "WKST should be"),
        ]
    )
    func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: RecurrenceRule.Problem.self) { _ = try RecurrenceRule(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasSuffix(".") == true)
    }

    @Test(
        "a rule that never falls on a day ends its search",
        arguments: [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31;COUNT=1000", "FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYMONTH=2;BYDAY=5MO;BYMONTHDAY=1;COUNT=1000",
        ]
    )
    func ends(_ text: String) throws {
        let schedule = MaintenanceSchedule(
            start: Timestamp(milliseconds: 1_800_000_000_000),
            duration: Self.hour,
            zone: try #require(IANAZone("Europe/Berlin")),
            rule: try RecurrenceRule(text)
        )
        #expect(schedule.next(1, after: schedule.start).isEmpty)
        #expect(schedule.end == nil)
    }

    @Test("a zone is one of the database, by its full name")
    func zones() {
        #expect(IANAZone("UTC") != nil && IANAZone("America/Argentina/Buenos_Aires") != nil)
        for name in ["", "CET", "Europe/Atlantis", "+02:00", "europe/berlin"] {
            #expect(IANAZone(name) == nil, "\(name)")
        }
    }

    @Test("the end is that of the last occurrence")
    func lastEnd() throws {
        let zone = try #require(IANAZone("Europe/Berlin"))
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        func end(_ rule: String?) throws -> Timestamp? {
            MaintenanceSchedule(
                start: start,
                duration: Self.hour,
                zone: zone,
                rule: try rule.map { try RecurrenceRule($0) }
            ).end
        }
        #expect(try end(nil) == start + Self.hour)
        #expect(try end("FREQ=DAILY") == nil)
        #expect(try end("FREQ=DAILY;COUNT=3") == start + .seconds(2 * 86_400) + Self.hour)
        #expect(try end("FREQ=DAILY;UNTIL=20270116T000000Z") == Timestamp(rfc3339: "2027-01-16T01:00:00Z"))
    }

    @Test("long occurrences that overlap are one span of a site")
    func merges() throws {
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        let schedule = MaintenanceSchedule(
            start: start,
            duration: .seconds(30 * 3_600),
            zone: try #require(IANAZone("UTC")),
            rule: try RecurrenceRule("FREQ=DAILY;COUNT=3")
        )
        let term = MaintenanceTerm(
            from: start,
            until: MaintenanceTerm.endless,
            scope: MaintenanceScope(all: true),
            schedule: schedule
        )
        let calendar = MaintenanceCalendar([term], in: start..<(start + .seconds(10 * 86_400)))
        #expect(
            calendar.spans(of: SiteID(rawValue: 1), tags: []) == [start..<(start + .seconds((2 * 24 + 30) * 3_600))]
        )
    }
}
