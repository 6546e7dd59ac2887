#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import Monitoring

/// Keeps a database file to one process: the embedded broker's leases are of this process alone.
///
/// The lock is on a file of its own beside the database (`PATH.lock`), which stays there; the system releases the lock
/// when the process ends, however it ends.
package final class SQLiteFileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock and holds it for as long as this object lives.
    ///
    /// - Parameter path: The path of the database.
    /// - Throws: ``StoreError`` `unusable` where another process holds it.
    package init(path: String) throws {
        let lockPath = path + ".lock"
        descriptor = open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(
                .unusable,
                "\(lockPath) can't be written (\(String(cString: strerror(errno)))); "
                    + "choose another place with --database sqlite:PATH."
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw StoreError(.unusable, "\(lockPath) can't be locked: \(String(cString: strerror(reason))).")
            }
            throw StoreError(
                .unusable,
                "\(path) is in use by another tocsin serve; stop that one, or choose another file with "
                    + "--database sqlite:PATH."
            )
        }
    }

    deinit { close(descriptor) }
}
