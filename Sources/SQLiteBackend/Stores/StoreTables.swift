internal import GRDB

/// The tables of the store part.
enum StoreTables {
    static func create(in db: Database) throws {}
}
