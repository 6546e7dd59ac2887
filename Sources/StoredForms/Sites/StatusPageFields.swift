package import Monitoring

/// The row of the status page.
package struct StatusPageFields: Sendable, Equatable {
    package var key = ""
    package var revision: Int64 = 0
    /// ``StatusPageSettings`` as JSON.
    package var settings: String?
    package var updatedAt: Int64?

    package init() {}

    /// The choice as it is answered.
    package func choice() throws -> StatusPageChoice {
        StatusPageChoice(
            revision: Int(revision),
            settings: try settings.map { try StoredJSON.value(from: $0) },
            updatedAt: updatedAt.map { Timestamp(milliseconds: $0) },
            feedKey: key
        )
    }
}
