internal import GRDB

/// The tables that account for slots without a result.
enum SlotTables {
    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                -- Slots that ended without a result. A slot is here or in `result` or in `gap`, never in two of them.
                CREATE TABLE closedSlot (
                    siteID INTEGER NOT NULL,
                    slot INTEGER NOT NULL,
                    region TEXT NOT NULL,
                    ending TEXT NOT NULL,
                    PRIMARY KEY (siteID, slot, region)
                ) WITHOUT ROWID;
                CREATE INDEX closedSlotByTime ON closedSlot(slot);

                -- What a pusher goes on from where the broker has lost its mark.
                CREATE TABLE pushProgress (
                    region TEXT NOT NULL PRIMARY KEY,
                    -- Who writes in an earlier term is refused.
                    term INTEGER NOT NULL,
                    -- NULL until something may be pushed.
                    settled INTEGER,
                    horizon INTEGER,
                    quietFrom INTEGER,
                    quietUntil INTEGER
                ) WITHOUT ROWID;
                """
        )
    }
}
