internal import Monitoring

/// A piece of rolling up: rows that are being made of what is read in the order of site and time.
package struct RollupPiece: Sendable {
    /// The place in the order of site and time from which a piece goes on.
    package struct Place: Sendable, Equatable {
        package var site: Int64
        package var moment: Int64

        package init(site: Int64, moment: Int64) {
            self.site = site
            self.moment = moment
        }
    }

    /// A row that was made.
    package struct Row: Sendable {
        package let level: Rollup
        package let site: Int64
        package let start: Int64
        package var row = RollupRow()
    }

    package private(set) var rows: [Row] = []
    private let limit: Int
    private var count = 0

    /// Begins a piece that is full once it has read `limit` sources; the row that was begun is finished even so.
    package init(limit: Int) { self.limit = limit }

    /// Adds a raw result to its hour's minutes.
    ///
    /// - Returns: The place from which the next piece goes on, where this one is full.
    package mutating func add(
        site: Int64,
        slot: Int64,
        verdict: Int,
        statusCode: Int?,
        total: Int64?
    ) throws -> Place? {
        let start = Rollup.minute.span(of: slot)
        if begins(site, start) {
            if count >= limit { return Place(site: site, moment: start) }
            rows.append(Row(level: .minute, site: site, start: start))
        }
        let verdict = try ResultFields.verdict(verdict)
        let duration = verdict != .down || statusCode != nil ? total : nil
        let place = UInt8((slot - start) / Rollup.minute.unit)
        rows[rows.count - 1].row.entries[place, default: RollupEntry()].add(verdict, answeredIn: duration)
        count += 1
        return nil
    }

    /// Adds an hour of minutes to its day's hours and its day.
    ///
    /// - Returns: The place from which the next piece goes on, where this one is full.
    package mutating func add(site: Int64, hour: Int64, _ minutes: RollupRow) -> Place? {
        let start = Rollup.day.span(of: hour)
        if begins(site, start) {
            if count >= limit { return Place(site: site, moment: start) }
            rows.append(Row(level: .hour, site: site, start: start))
            rows.append(Row(level: .day, site: site, start: start))
        }
        var entry = RollupEntry()
        for minute in minutes.entries.values { entry.merge(minute) }
        let last = rows.count - 1
        rows[last - 1].row.entries[UInt8((hour - start) / Rollup.hour.unit)] = entry
        rows[last].row.entries[0, default: RollupEntry()].merge(entry)
        count += 1
        return nil
    }

    private func begins(_ site: Int64, _ start: Int64) -> Bool {
        rows.last.map { $0.site != site || $0.start != start } ?? true
    }
}
