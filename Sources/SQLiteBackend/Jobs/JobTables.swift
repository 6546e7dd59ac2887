internal import GRDB

/// The tables of the job part.
enum JobTables {
    static func create(in db: Database) throws {}
}
