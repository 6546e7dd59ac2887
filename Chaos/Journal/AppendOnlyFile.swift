internal import Foundation

/// The log of Redis: every effect of every function and command, in their order.
struct AppendOnlyFile {
    /// It holds something that Redis does not write.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// The words of a command, as slices of what was read.
    typealias Command = [ArraySlice<UInt8>]

    private static let chunk = 1 << 20

    /// The parts of the log that hold commands, oldest first.
    static func paths(in directory: String) throws -> [String] {
        let folder = "\(directory)/appendonlydir"
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".incr.aof") }
            .sorted { number(of: $0) < number(of: $1) }
            .map { "\(folder)/\($0)" }
    }

    /// `appendonly.aof.12.incr.aof` is the twelfth.
    private static func number(of name: String) -> Int { Int(name.split(separator: ".").dropLast(2).last ?? "") ?? 0 }

    /// Reads a part in pieces and hands its commands over; what a killed server left unfinished at the end is left out.
    static func read(_ path: String, _ take: (Command) -> Void) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var buffer: [UInt8] = []
        while let data = try file.read(upToCount: chunk), !data.isEmpty {
            buffer.append(contentsOf: data)
            var reader = CommandReader(buffer)
            while let command = try reader.next() { take(command) }
            buffer.removeSubrange(..<reader.end)
        }
    }
}

/// Takes whole commands off a buffer.
struct CommandReader {
    private let buffer: [UInt8]
    /// Where the last whole command ended.
    private(set) var end = 0

    init(_ buffer: [UInt8]) {
        self.buffer = buffer
    }

    /// The next command; nil where there is none, or only a part of it.
    mutating func next() throws -> AppendOnlyFile.Command? {
        var place = end
        while place < buffer.count, buffer[place] == UInt8(ascii: "#") {
            // A time, or another annotation.
            guard line(at: &place) != nil else { return nil }
            end = place
        }
        guard let count = try number(after: "*", at: &place) else { return nil }
        var words: AppendOnlyFile.Command = []
        words.reserveCapacity(count)
        for _ in 0..<count {
            guard let length = try number(after: "$", at: &place), place + length + 2 <= buffer.count else {
                return nil
            }
            words.append(buffer[place..<(place + length)])
            place += length + 2
        }
        end = place
        return words
    }

    private func number(after type: Unicode.Scalar, at place: inout Int) throws -> Int? {
        guard place < buffer.count else { return nil }
        guard buffer[place] == UInt8(ascii: type) else {
            throw AppendOnlyFile.Malformed(description: "`\(type)` was expected, and there is byte \(buffer[place])")
        }
        guard let text = line(at: &place) else { return nil }
        guard let number = Int(String(decoding: text.dropFirst(), as: UTF8.self)) else {
            throw AppendOnlyFile.Malformed(description: "a length is no number")
        }
        return number
    }

    /// A line without its end; nil where its end is not there.
    private func line(at place: inout Int) -> ArraySlice<UInt8>? {
        guard let newline = buffer[place...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { place = newline + 1 }
        let line = buffer[place..<newline]
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}
