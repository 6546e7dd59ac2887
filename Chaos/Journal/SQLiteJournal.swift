internal import GRDB

/// A journal of the embedded broker, which keeps none itself: triggers of ours write one into its file.
struct SQLiteJournal {
    let path: String

    /// Has everything written down from now on.
    func install() throws {
        try open().write { try $0.execute(sql: Self.triggers) }
    }

    /// Hands over what was written down, in its order.
    func read(_ emit: (JournalEntry) -> Void) throws {
        try open().read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM chaosJournal ORDER BY sequence")
            while let row = try rows.next() { for entry in Self.entries(row) { emit(entry) } }
        }
    }

    private func open() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func entries(_ row: Row) -> [JournalEntry] {
        let item: String = row["item"] ?? ""
        let name: String = row["name"] ?? ""
        let number: Int64 = row["number"] ?? 0
        return switch row["kind"] as String {
        case "added": [.jobAdded(id: item, slot: SlotKey(site: Int64(name) ?? 0, slot: number))]
        case "removed": [.jobRemoved(id: item), .freed(item: "job \(item)")]
        case "end": [.jobsEnded(end: name, count: Int(number))]
        case "commit": [.commit]
        case "mark": [.marked(through: number, isComplete: name.isEmpty)]
        case "event": [.event(id: item, state: name)]
        case "delivery": [.deliveryEnded(event: item, channel: name)]
        case "taken": [.taken(item: item, holder: name, at: row["at"])]
        case "freed": [.freed(item: item)]
        default: []
        }
    }

    // A job that a dead process held is given back with a crash counted, which is no release.
    private static let triggers = """
        CREATE TABLE chaosJournal (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
            kind TEXT NOT NULL,
            item TEXT,
            name TEXT,
            number INTEGER
        );

        CREATE TRIGGER chaosJobAdded AFTER INSERT ON job BEGIN
            INSERT INTO chaosJournal (kind, item, name, number) VALUES ('added', NEW.id, NEW.websiteID, NEW.slot);
        END;
        CREATE TRIGGER chaosJobRemoved AFTER DELETE ON job BEGIN
            INSERT INTO chaosJournal (kind, item) VALUES ('removed', OLD.id);
        END;
        CREATE TRIGGER chaosJobTaken AFTER UPDATE OF worker ON job WHEN NEW.worker IS NOT NULL BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('taken', 'job ' || NEW.id, NEW.worker);
        END;
        CREATE TRIGGER chaosJobFreed AFTER UPDATE OF worker ON job
        WHEN NEW.worker IS NULL AND NEW.crashes = OLD.crashes BEGIN
            INSERT INTO chaosJournal (kind, item) VALUES ('freed', 'job ' || NEW.id);
        END;
        CREATE TRIGGER chaosEndAdded AFTER INSERT ON jobEnd BEGIN
            INSERT INTO chaosJournal (kind, name, number) VALUES ('end', NEW.end, NEW.count);
        END;
        CREATE TRIGGER chaosEndCounted AFTER UPDATE OF count ON jobEnd BEGIN
            INSERT INTO chaosJournal (kind, name, number) VALUES ('end', NEW.end, NEW.count - OLD.count);
        END;
        CREATE TRIGGER chaosEnded AFTER UPDATE OF ended ON jobStream BEGIN
            INSERT INTO chaosJournal (kind) VALUES ('commit');
        END;
        CREATE TRIGGER chaosTrimmed AFTER UPDATE OF trimmed ON jobStream BEGIN
            INSERT INTO chaosJournal (kind, name, number) VALUES ('end', 'trimmed', NEW.trimmed - OLD.trimmed);
            INSERT INTO chaosJournal (kind) VALUES ('commit');
        END;
        CREATE TRIGGER chaosMarked AFTER UPDATE OF markThrough ON jobStream WHEN NEW.markThrough IS NOT NULL BEGIN
            INSERT INTO chaosJournal (kind, name, number) VALUES ('mark', NEW.markInterval, NEW.markThrough);
        END;

        CREATE TRIGGER chaosEventAdded AFTER INSERT ON eventRecords BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('event', NEW.id, NEW.state);
        END;
        CREATE TRIGGER chaosEventMoved AFTER UPDATE OF state ON eventRecords BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('event', NEW.id, NEW.state);
        END;
        CREATE TRIGGER chaosElementTaken AFTER UPDATE OF boot ON eventElements WHEN NEW.boot IS NOT NULL BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('taken', 'element ' || NEW.sequence, NEW.boot);
        END;
        CREATE TRIGGER chaosElementFreed AFTER UPDATE OF boot ON eventElements
        WHEN NEW.boot IS NULL AND NEW.crashes = OLD.crashes BEGIN
            INSERT INTO chaosJournal (kind, item) VALUES ('freed', 'element ' || NEW.sequence);
        END;
        CREATE TRIGGER chaosElementRemoved AFTER DELETE ON eventElements BEGIN
            INSERT INTO chaosJournal (kind, item) VALUES ('freed', 'element ' || OLD.sequence);
        END;
        CREATE TRIGGER chaosDeliveryTaken AFTER UPDATE OF state ON eventDeliveries WHEN NEW.state = 'held' BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('taken', 'delivery ' || NEW.sequence, NEW.boot);
        END;
        CREATE TRIGGER chaosDeliveryFreed AFTER UPDATE OF state ON eventDeliveries
        WHEN NEW.state <> 'held' AND NEW.crashes <= OLD.crashes BEGIN
            INSERT INTO chaosJournal (kind, item) VALUES ('freed', 'delivery ' || NEW.sequence);
        END;
        CREATE TRIGGER chaosDeliveryEnded AFTER UPDATE OF state ON eventDeliveries WHEN NEW.state IN ('sent', 'dead')
        BEGIN
            INSERT INTO chaosJournal (kind, item, name) VALUES ('delivery', NEW.event, NEW.channel);
        END;
        """
}
