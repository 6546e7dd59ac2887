internal import Foundation

/// Tells on standard error how far a run has come.
enum Progress {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
