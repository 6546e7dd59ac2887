internal import Foundation

/// Why a file can't be read or written, in the words of people.
struct FileProblem: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        let number = underlying?.domain == NSPOSIXErrorDomain ? underlying?.code : nil
        switch (number.map(Int32.init(truncatingIfNeeded:)), error.code) {
        case (ENOENT?, _), (_, CocoaError.Code.fileReadNoSuchFile.rawValue),
            (_, CocoaError.Code.fileNoSuchFile.rawValue):
            description = "there is no such file"
        case (EACCES?, _), (_, CocoaError.Code.fileReadNoPermission.rawValue):
            description = "this user may not read it"
        case (EISDIR?, _): description = "it is a folder"
        case (let number?, _): description = String(cString: strerror(number))
        default: description = error.localizedDescription
        }
    }
}
