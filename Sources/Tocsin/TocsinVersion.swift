/// The version of the program.
enum TocsinVersion {
    static let current = "0.1.0"
}
