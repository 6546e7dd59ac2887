internal import GRDB

/// What a commit survives.
enum Durability: String {
    /// A power cut: it is on the disk when it returns.
    case full = "FULL"
    /// The end of the process. A power cut undoes the last commits, in their order, up to one that was made in full.
    case ordered = "NORMAL"
}

extension Database {
    /// Runs one transaction: all of it is committed, or none.
    func transaction<Value>(_ durability: Durability, _ body: () throws -> Value) throws -> Value {
        // Before each: GRDB sets a level of its own when it opens the file, and a task that is cancelled could not set back
        // what the transaction before needed.
        try execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
        var value: Value?
        try inTransaction(.immediate) {
            value = try body()
            return .commit
        }
        guard let value else { preconditionFailure("A transaction was committed whose body has not run.") }
        return value
    }
}
