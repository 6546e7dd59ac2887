internal import GRDB

/// The tables of the event part.
enum EventTables {
    static func create(in db: Database) throws {}
}
