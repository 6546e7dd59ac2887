internal import Notifications

/// Imports a list of sites: first all of it is checked, then it is sent.
struct SiteImport {
    /// Most sites of one request.
    static let chunkSize = 1_000
    /// Most bytes of one request; the server takes 1 MiB.
    static let chunkBytes = 900_000
    /// Most problems that are told at once.
    static let mostProblems = 20

    /// Sends one chunk and returns how many of its sites are new.
    typealias Send = (_ sites: [JSON]) async throws -> Int

    /// What was done.
    struct Outcome: Sendable, Equatable {
        var total = 0
        var added = 0
    }

    let list: SiteList
    /// What the file is called in messages.
    let name: String
    let rules: any SiteRulesChecking

    /// Checks the whole list.
    ///
    /// - Returns: How many sites it holds.
    /// - Throws: ``ImportError`` with each bad line.
    func check(_ progress: (Int) -> Void = { _ in }) async throws -> Int {
        var problems: [ImportProblem] = []
        var count = 0
        // Hashes, not names: a million of them are some 30 MB.
        var lines: [Int: Int] = [:]
        do {
            try await list.forEach { record in
                count += 1
                progress(count)
                switch rules.check(record.document) {
                case .success(let name):
                    if let first = lines.updateValue(record.line, forKey: name.hashValue) {
                        problems.append(
                            ImportProblem(
                                line: record.line,
                                "the name `\(Printable.text(name, atMost: 100))` is that of line \(first) as well; names are unique"
                            )
                        )
                    }
                case .failure(let error):
                    for problem in error.problems {
                        let place = problem.pointer.dropFirst().replacing("/", with: ".")
                        let detail = place.isEmpty ? problem.detail : "\(place): \(problem.detail)"
                        problems.append(ImportProblem(line: record.line, detail))
                    }
                }
                if record.document.bytes.count > Self.chunkBytes {
                    problems.append(ImportProblem(line: record.line, "a site of more than \(Self.chunkBytes) bytes"))
                }
                if problems.count >= Self.mostProblems { throw TooMany() }
            }
        } catch let problem as ImportProblem {
            problems.append(problem)
        } catch is TooMany {
            throw ImportError(file: name, problems: problems, isCut: true)
        }
        guard problems.isEmpty else { throw ImportError(file: name, problems: problems, isCut: false) }
        return count
    }

    /// Sends the whole list, in chunks; a list that was sent in part can be sent again.
    func send(_ progress: (Int) -> Void = { _ in }, _ send: Send) async throws -> Outcome {
        var outcome = Outcome()
        var chunk: [JSON] = []
        var bytes = 0
        func flush() async throws {
            guard !chunk.isEmpty else { return }
            do {
                outcome.added += try await send(chunk)
            } catch let error as CommandError {
                let done =
                    outcome.total == 0
                    ? ""
                    : " \(outcome.total) sites before it are imported; importing the file again goes on from there."
                throw CommandError(error.status, error.message + done, cause: error)
            }
            outcome.total += chunk.count
            progress(outcome.total)
            chunk.removeAll(keepingCapacity: true)
            bytes = 0
        }
        try await list.forEach { record in
            let size = record.document.bytes.count + 1
            if chunk.count == Self.chunkSize || bytes + size > Self.chunkBytes { try await flush() }
            chunk.append(record.document)
            bytes += size
        }
        try await flush()
        return outcome
    }

    private struct TooMany: Error {}
}
