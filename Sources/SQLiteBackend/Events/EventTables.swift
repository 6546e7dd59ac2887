internal import Foundation
internal import GRDB
internal import Notifications

/// The tables of the event queue.
///
/// Whatever is read on the way of an event is found by an index that holds only the rows in question, so that a claim
/// from a backlog of a million costs what one from a backlog of ten does. Counts are kept by triggers for the same reason.
enum EventTables {
    static func create(in db: Database) throws {
        try db.execute(sql: tables + indexes + counters)
    }

    /// How many deliveries each channel has open, and when the next may be put back to it.
    static func addBacklogs(in db: Database) throws {
        try db.execute(sql: backlogs)
    }

    /// The order of each event that is not routed yet.
    static func addOrders(in db: Database) throws {
        try db.execute(sql: orders)
        for sequence in try Int64.fetchAll(db, sql: "SELECT sequence FROM eventElements") {
            let sql = "SELECT body FROM eventBodies WHERE element = ?"
            guard let body = try Data.fetchOne(db, sql: sql, arguments: [sequence]),
                let order = QueueElement.order(of: [UInt8](body))
            else { continue }
            try db.execute(
                sql: "UPDATE eventElements SET orderKey = ? WHERE sequence = ?",
                arguments: [order, sequence]
            )
        }
    }

    /// What tells the head of an order, and whether one of it is held, however many orders and deliveries there are.
    static func addHeads(in db: Database) throws {
        try db.execute(sql: heads)
    }

    private static let tables = """
        CREATE TABLE eventState (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            lastTime INTEGER NOT NULL DEFAULT 0,
            lastToken INTEGER NOT NULL DEFAULT 0,
            lastLetter INTEGER NOT NULL DEFAULT 0,
            waiting INTEGER NOT NULL DEFAULT 0,
            scheduled INTEGER NOT NULL DEFAULT 0,
            dead INTEGER NOT NULL DEFAULT 0,
            discarded INTEGER NOT NULL DEFAULT 0
        );
        INSERT INTO eventState (id) VALUES (1);

        CREATE TABLE eventElements (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            crashes INTEGER NOT NULL DEFAULT 0,
            boot TEXT,
            token INTEGER
        );

        -- Apart, so that taking and giving back don't write it anew.
        CREATE TABLE eventBodies (
            element INTEGER PRIMARY KEY REFERENCES eventElements (sequence) ON DELETE CASCADE,
            body BLOB NOT NULL
        );

        CREATE TABLE eventRecords (
            id TEXT PRIMARY KEY NOT NULL,
            state TEXT NOT NULL,
            hash TEXT,
            isOwnID INTEGER NOT NULL,
            body BLOB,
            openCount INTEGER NOT NULL DEFAULT 0,
            sentTo INTEGER,
            expiresAt INTEGER
        );

        CREATE TABLE eventDeliveries (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            event TEXT NOT NULL REFERENCES eventRecords (id) ON DELETE CASCADE,
            channel INTEGER NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            crashes INTEGER NOT NULL DEFAULT 0,
            routedAt INTEGER NOT NULL,
            deadline INTEGER NOT NULL,
            due INTEGER NOT NULL,
            orderKey TEXT,
            isHead INTEGER NOT NULL,
            boot TEXT,
            token INTEGER,
            UNIQUE (event, channel)
        );

        CREATE TABLE eventGates (
            channel INTEGER PRIMARY KEY,
            until INTEGER NOT NULL
        );

        CREATE TABLE eventKeys (
            hash TEXT PRIMARY KEY NOT NULL,
            bodyHash TEXT NOT NULL,
            ids TEXT NOT NULL,
            expiresAt INTEGER NOT NULL
        );

        CREATE TABLE eventDead (
            id TEXT PRIMARY KEY NOT NULL,
            event TEXT,
            channel INTEGER,
            reason TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            body BLOB NOT NULL,
            at INTEGER NOT NULL,
            hash TEXT,
            isOwnID INTEGER NOT NULL,
            orderKey TEXT,
            sequence INTEGER,
            routedAt INTEGER
        );

        """

    private static let indexes = """
        CREATE INDEX eventElementsWaiting ON eventElements (sequence) WHERE boot IS NULL;
        CREATE INDEX eventElementsHeld ON eventElements (boot, token) WHERE boot IS NOT NULL;
        CREATE INDEX eventRecordsExpiring ON eventRecords (expiresAt) WHERE expiresAt IS NOT NULL;
        CREATE INDEX eventDeliveriesDue ON eventDeliveries (channel, due, sequence)
            WHERE state = 'pending' AND isHead = 1;
        CREATE INDEX eventDeliveriesHeld ON eventDeliveries (boot, token) WHERE boot IS NOT NULL;
        CREATE INDEX eventDeliveriesOrder ON eventDeliveries (channel, orderKey, sequence)
            WHERE orderKey IS NOT NULL AND state IN ('pending', 'held');
        CREATE INDEX eventKeysExpiring ON eventKeys (expiresAt);
        CREATE INDEX eventDeadByChannel ON eventDead (channel, id);

        """

    private static let counters = """
        CREATE TRIGGER eventElementsAdded AFTER INSERT ON eventElements WHEN NEW.boot IS NULL BEGIN
            UPDATE eventState SET waiting = waiting + 1;
        END;
        CREATE TRIGGER eventElementsMoved AFTER UPDATE OF boot ON eventElements
        WHEN (NEW.boot IS NULL) <> (OLD.boot IS NULL) BEGIN
            UPDATE eventState SET waiting = waiting + iif(NEW.boot IS NULL, 1, -1);
        END;
        CREATE TRIGGER eventElementsRemoved AFTER DELETE ON eventElements WHEN OLD.boot IS NULL BEGIN
            UPDATE eventState SET waiting = waiting - 1;
        END;

        CREATE TRIGGER eventDeliveriesAdded AFTER INSERT ON eventDeliveries WHEN NEW.state = 'pending' BEGIN
            UPDATE eventState SET scheduled = scheduled + 1;
        END;
        CREATE TRIGGER eventDeliveriesMoved AFTER UPDATE OF state ON eventDeliveries
        WHEN (NEW.state = 'pending') <> (OLD.state = 'pending') BEGIN
            UPDATE eventState SET scheduled = scheduled + iif(NEW.state = 'pending', 1, -1);
        END;
        CREATE TRIGGER eventDeliveriesRemoved AFTER DELETE ON eventDeliveries WHEN OLD.state = 'pending' BEGIN
            UPDATE eventState SET scheduled = scheduled - 1;
        END;

        CREATE TRIGGER eventDeadAdded AFTER INSERT ON eventDead BEGIN
            UPDATE eventState SET dead = dead + 1;
        END;
        CREATE TRIGGER eventDeadRemoved AFTER DELETE ON eventDead BEGIN
            UPDATE eventState SET dead = dead - 1;
        END;
        """

    private static let orders = """
        ALTER TABLE eventElements ADD COLUMN orderKey TEXT;
        CREATE INDEX eventElementsOrder ON eventElements (orderKey, sequence) WHERE orderKey IS NOT NULL;
        """

    private static let heads = """
        CREATE INDEX eventDeliveriesHeads ON eventDeliveries (channel, orderKey)
            WHERE orderKey IS NOT NULL AND state = 'pending' AND isHead = 1;
        CREATE INDEX eventDeliveriesOrderHeld ON eventDeliveries (channel, orderKey)
            WHERE orderKey IS NOT NULL AND boot IS NOT NULL;
        """

    private static let backlogs = """
        CREATE TABLE eventBacklogs (
            channel INTEGER PRIMARY KEY,
            count INTEGER NOT NULL
        );
        INSERT INTO eventBacklogs
            SELECT channel, count(*) FROM eventDeliveries WHERE state IN ('pending', 'held') GROUP BY channel;

        CREATE TABLE eventReplays (
            channel INTEGER PRIMARY KEY,
            nextAt INTEGER NOT NULL
        );

        CREATE INDEX eventElementsSuspect ON eventElements (sequence) WHERE boot IS NULL AND crashes >= 2;
        CREATE INDEX eventDeliveriesDeadline ON eventDeliveries (channel, deadline) WHERE state = 'pending';

        CREATE TRIGGER eventBacklogsAdded AFTER INSERT ON eventDeliveries WHEN NEW.state IN ('pending', 'held') BEGIN
            INSERT INTO eventBacklogs SELECT NEW.channel, 0
            WHERE NOT EXISTS (SELECT 1 FROM eventBacklogs WHERE channel = NEW.channel);
            UPDATE eventBacklogs SET count = count + 1 WHERE channel = NEW.channel;
        END;
        CREATE TRIGGER eventBacklogsMoved AFTER UPDATE OF state ON eventDeliveries
        WHEN (NEW.state IN ('pending', 'held')) <> (OLD.state IN ('pending', 'held')) BEGIN
            INSERT INTO eventBacklogs SELECT NEW.channel, 0
            WHERE NOT EXISTS (SELECT 1 FROM eventBacklogs WHERE channel = NEW.channel);
            UPDATE eventBacklogs SET count = count + iif(NEW.state IN ('pending', 'held'), 1, -1)
            WHERE channel = NEW.channel;
            DELETE FROM eventBacklogs WHERE channel = NEW.channel AND count <= 0;
        END;
        CREATE TRIGGER eventBacklogsRemoved AFTER DELETE ON eventDeliveries
        WHEN OLD.state IN ('pending', 'held') BEGIN
            UPDATE eventBacklogs SET count = count - 1 WHERE channel = OLD.channel;
            DELETE FROM eventBacklogs WHERE channel = OLD.channel AND count <= 0;
        END;
        """
}
