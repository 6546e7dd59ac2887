import Foundation
import GRDB
import Monitoring
import Notifications
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("The database file")
struct StoresDatabaseFileTests {
    /// Expects that the file is refused with a sentence that holds `words`.
    private func expectRefused(_ path: String, _ words: String, _ code: StoreError.Code = .unusable) {
        do {
            _ = try SQLiteDatabase(path: path)
            Issue.record("\(path) was opened")
        } catch let error as StoreError {
            #expect(error.code == code)
            #expect(error.message.contains(words), "\(error)")
            #expect(error.message.hasSuffix("."), "\(error)")
        } catch {
            Issue.record("\(error)")
        }
    }

    // GRDB sets another level itself when it opens a file, which only a power cut would have told.
    @Test("a commit is on the disk when it returns, also after one that need not be")
    func durability() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            func level() async throws -> Int? {
                try await database.writing { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
            }
            let full = 2
            #expect(try await level() == full)
            // History alone may lose its last moment.
            let log = SQLiteDeliveryLog(database: database, time: SystemTime())
            try await log.append([
                DeliveryAttempt(
                    event: EventID.made(at: SystemTime().now()),
                    eventType: "a",
                    channel: nil,
                    attempt: 1,
                    at: SystemTime().now(),
                    duration: .zero,
                    result: .sent
                )
            ])
            #expect(try await level() == full)
            let stream = try SQLiteJobStream(database: database, region: "default", maxLength: 10, time: SystemTime())
            #expect(try await stream.lead(as: "a", lease: .seconds(5)) != nil)
            #expect(try await level() == full)
            let cancelled = Task {
                try await database.writing(durability: .ordered) { _ in withUnsafeCurrentTask { $0?.cancel() } }
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(try await level() == full)
        }
    }

    // A monitor that ends would keep the jobs that it has just claimed.
    @Test("what is committed is told, also to a task that is cancelled the moment after")
    func cancelledAfterCommit() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let committed = Task {
                try await database.writing(durability: .ordered) { db in
                    db.afterNextTransaction { _ in withUnsafeCurrentTask { $0?.cancel() } }
                    return try Int.fetchOne(db, sql: "SELECT 1")
                }
            }
            #expect(try await committed.value == 1)
        }
    }

    @Test("a directory is refused with a name to use instead")
    func directory() async throws {
        try await withTemporaryDirectory { directory in
            expectRefused(directory, "is a directory; name a file in it, such as \(directory)/tocsin.db")
        }
    }

    @Test("a missing folder is named")
    func missingFolder() async throws {
        try await withTemporaryDirectory { directory in
            expectRefused(directory + "/missing/tocsin.db", "does not exist; create it")
            expectRefused(directory + "/missing/tocsin.db", "--database")
        }
    }

    @Test("a file that is not a database is refused and left as it is")
    func notADatabase() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/notes.txt"
            let text = String(repeating: "dear diary ", count: 500)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            expectRefused(path, "is not an SQLite database")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test("another program's database is refused and left as it is")
    func foreignDatabase() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/photos.db"
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "CREATE TABLE photo (id INTEGER PRIMARY KEY)") }
            try queue.close()
            expectRefused(path, "is the database of another program")
            let again = try DatabaseQueue(path: path)
            let tables = try await again.read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master") }
            #expect(tables == ["photo"])
            let journal = try await again.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            #expect(journal == "delete")
        }
    }

    @Test("several that open a new file at once all find it whole")
    func openedAtOnce() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let fixture = StoreFixture(try SQLiteDatabase(path: path))
                        _ = try await fixture.addSite(SiteSettings(url: "https://\(number).example/"))
                    }
                }
                try await group.waitForAll()
            }
            let counts = try await StoreFixture(try SQLiteDatabase(path: path)).sites.statusCounts()
            #expect(counts == [.pending: 6])
        }
    }

    @Test("a newer version's database is refused")
    func newerSchema() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let database = try SQLiteDatabase(path: path)
            try await database.pool.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('stores 99')")
            }
            try database.pool.close()
            expectRefused(path, "newer version of tocsin; update this one")
        }
    }

    @Test("a database is opened again with all that was in it")
    func reopens() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let database = try SQLiteDatabase(path: path)
            let site = try await StoreFixture(database).addSite()
            try database.pool.close()
            let again = try SQLiteDatabase(path: path)
            #expect(try await StoreFixture(again).sites.site(site.id) == site)
        }
    }

    @Test("nobody but the owner may read the file and its companions")
    func mode() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
            let database = try SQLiteDatabase(path: path)
            _ = try await StoreFixture(database).addSite()
            for name in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
            }
        }
    }

    @Test("a second process that wants the file is told so, and may have it once the first is gone")
    func lock() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            do {
                let first = try SQLiteFileLock(path: path)
                try await expectStoreError(.unusable) { _ = try SQLiteFileLock(path: path) }
                withExtendedLifetime(first) {}
            }
            _ = try SQLiteFileLock(path: path)
        }
    }

    @Test("what was committed before a kill is there, even without the file that the readers share")
    func afterAKill() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let database = try SQLiteDatabase(path: path)
            let site = try await StoreFixture(database).addSite()
            let copy = directory + "/copy.db"
            for name in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + name, toPath: copy + name) }
            #expect(try await StoreFixture(try SQLiteDatabase(path: copy)).sites.site(site.id) == site)
            try database.pool.close()
        }
    }

    @Test("a file that can't be written any more is said to be one, and can still be read")
    func readOnly() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            try await database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
            do {
                _ = try await fixture.record(.of(site, .down, at: fixture.time.now()))
                Issue.record("it was written")
            } catch let error as StoreError {
                #expect(error.code == .unavailable)
                #expect(error.message.contains("check who may write its file and folder"))
            }
            #expect(try await fixture.overview(site.id).status == .pending)
            try await database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
        }
    }

    @Test("a full disk is said to be one, and changes nothing")
    func fullDisk() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            let now = fixture.time.now()
            _ = try await fixture.record(.of(site, .up, at: now))
            try await database.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            let batch = (1...3_000).map { CheckResult.of(site, .down, at: now + .seconds($0)) }
            do {
                _ = try await fixture.monitoring.record(batch)
                Issue.record("there was room")
            } catch let error as StoreError {
                #expect(error.code == .unavailable)
                #expect(error.message.contains("disk of the database is full"))
            }
            #expect(try await fixture.overview(site.id).status == .up)
            #expect(try await fixture.monitoring.outbox(limit: 1).isEmpty)

            try await database.pool.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA max_page_count = 1073741823")
            }
            let outcomes = try await fixture.monitoring.record(batch)
            #expect(outcomes.count == 3_000 && !outcomes.contains(.duplicate))
        }
    }
}
