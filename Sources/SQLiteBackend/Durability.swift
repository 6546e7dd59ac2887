internal import GRDB

/// What a commit survives.
enum Durability: String {
    /// A power cut: it is on the disk when it returns.
    case full = "FULL"
    /// The end of the process. A power cut undoes the last commits, in their order, up to one that was made in full.
    case ordered = "NORMAL"
}

extension Database {
    /// Sets what the connection's next commits survive.
    func set(_ durability: Durability) throws { try execute(sql: "PRAGMA synchronous = \(durability.rawValue)") }

    /// Runs one transaction, on a connection whose commits are full otherwise.
    func transaction<Value>(_ durability: Durability, _ body: () throws -> Value) throws -> Value {
        if durability != .full { try set(durability) }
        let result = Result {
            try beginTransaction(.immediate)
            do {
                let value = try body()
                try commit()
                return value
            } catch {
                try? rollback()
                throw error
            }
        }
        if durability != .full { try set(.full) }
        return try result.get()
    }
}
