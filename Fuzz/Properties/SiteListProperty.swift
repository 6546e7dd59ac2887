import Foundation
import Notifications
import Synchronization

@testable import Tocsin

/// A list that is checked can be sent: the second reading gives the same sites, each as the server takes it.
enum SiteListProperty {
    static func check(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let content = bytes.dropFirst()
        if first % 2 == 0 { try checkPieces(Array(content)) }
        try blocking {
            try await withFile(content) { path in
                try await checkList(SiteList(path: path, format: first % 2 == 0 ? .csv : .yaml))
            }
        }
    }

    private static func checkList(_ list: SiteList) async throws {
        let rules = ServerSiteRules()
        let work = SiteImport(list: list, name: "list", rules: rules)
        let count: Int
        do {
            count = try await work.check()
        } catch let error as ImportError {
            try Violation.unless(!error.problems.isEmpty, "refused without a reason")
            for sentence in error.sentences {
                let isPlain = sentence.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
                try Violation.unless(isPlain, "a message that would move the cursor: \(sentence.debugDescription)")
            }
            return
        }
        var sent: [JSON] = []
        let outcome = try await work.send { chunk in
            let bytes = JSON.array(chunk).bytes.count
            try Violation.unless(bytes <= 1 << 20, "a request of \(bytes) bytes")
            sent += chunk
            return chunk.count
        }
        try Violation.unless(outcome.total == count && sent.count == count, "checked \(count), sent \(sent.count)")
        for document in sent {
            if case .failure(let error) = rules.check(document) {
                throw Violation("checked, and refused when it is sent: \(error.problems)")
            }
        }
    }

    /// CSV is split the same however it is read.
    private static func checkPieces(_ bytes: [UInt8]) throws {
        let whole = records([bytes[...]])
        let single = records(bytes.indices.map { bytes[$0...$0] })
        try Violation.unless(whole == single, "read whole: \(whole), byte by byte: \(single)")
    }

    private static func records(_ pieces: [ArraySlice<UInt8>]) -> [String] {
        var parser = CSVParser()
        var records: [String] = []
        do {
            for piece in pieces { try parser.feed(piece) { records.append("\($0)") } }
            try parser.finish { records.append("\($0)") }
        } catch {
            records.append("\(error)")
        }
        return records
    }

    private static func withFile(_ content: ArraySlice<UInt8>, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tocsin-fuzz-\(UUID().uuidString)").path
        try Data(content).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    /// A fuzzer calls from a thread that is not Swift's, and waits for the answer.
    private static func blocking(_ work: @escaping @Sendable () async throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        Task {
            do {
                try await work()
            } catch {
                failure.withLock { $0 = error }
            }
            done.signal()
        }
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
