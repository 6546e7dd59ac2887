#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import GRDB
internal import Monitoring

/// The file as the file system sees it: who may read it, and why it can't be opened.
enum DatabaseFile {
    private static let advice = "name another file with --database sqlite:PATH"

    /// Creates the file, readable by its owner alone, where there is none, and sees to it that it can be written.
    ///
    /// A file that exists is not opened here: closing it again would drop the locks that SQLite holds on it elsewhere in
    /// this process (https://sqlite.org/howtocorrupt.html, 2.2).
    /// - Returns: Whether it is empty.
    static func prepare(_ path: String) throws -> Bool {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw StoreError(.unusable, "\(path) is a directory; name a file in it, such as \(path)/tocsin.db.")
            }
            guard access(path, R_OK | W_OK) == 0 else { throw openingError(errno, path: path) }
            return status.st_size == 0
        }
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        // Another process may have been faster.
        guard descriptor >= 0 || errno == EEXIST else { throw openingError(errno, path: path) }
        if descriptor >= 0 { close(descriptor) }
        return true
    }

    /// Takes other users' rights to the file and its companions away.
    ///
    /// SQLite gives the companions (`-wal`, `-shm`) the mode of the file itself.
    static func protect(_ path: String) throws {
        var status = stat()
        for name in [path, path + "-wal", path + "-shm"] where stat(name, &status) == 0 && status.st_mode & 0o077 != 0 {
            // Only its owner can narrow a file; another user who may write it was let in by the owner.
            if chmod(name, 0o600) != 0, errno != EPERM {
                throw StoreError(.unusable, "\(name) can't be protected from other users: \(text(errno)).")
            }
        }
    }

    /// What to say of an error of SQLite's while the file is opened.
    static func openingError(_ error: DatabaseError, path: String) -> StoreError {
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB:
            return StoreError(.unusable, "\(path) is not an SQLite database; \(advice).", cause: error)
        case .SQLITE_CORRUPT:
            return StoreError(
                .unusable,
                "\(path) is damaged (\(reason)); restore its last good copy, or \(advice).",
                cause: error
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            return StoreError(
                .unusable,
                "\(path) can't be written (\(reason)); check who may write it and its folder, or \(advice).",
                cause: error
            )
        case .SQLITE_FULL:
            return StoreError(.unavailable, "The disk of \(path) is full; free some space on it.", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(.unavailable, "\(path) is being written by another process; try again.", cause: error)
        case .SQLITE_IOERR, .SQLITE_NOMEM:
            return StoreError(
                .unavailable,
                "\(path) can't be read or written now (\(reason)); check its disk.",
                cause: error
            )
        default:
            return StoreError(.unusable, "\(path) can't be opened (\(reason)); \(advice).", cause: error)
        }
    }

    private static func openingError(_ code: Int32, path: String) -> StoreError {
        switch code {
        case ENOENT: StoreError(.unusable, "The folder of \(path) does not exist; create it, or \(advice).")
        case ENOTDIR: StoreError(.unusable, "A part of the path \(path) is not a folder; \(advice).")
        case EACCES, EPERM, EROFS:
            StoreError(
                .unusable,
                "\(path) can't be written (\(text(code))); check who may write it and its folder, or \(advice)."
            )
        case ENOSPC, EDQUOT:
            StoreError(.unavailable, "The disk of \(path) is full; free some space on it.")
        default: StoreError(.unusable, "\(path) can't be opened (\(text(code))); \(advice).")
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
