/// Writes the parts of a command into memory that has room for all of them.
///
/// A buffer that grows asks before each part whether it must, which is most of the work where the parts are small.
struct RESPWriter {
    /// The digits of a number of 64 bits, and its sign.
    static let mostDigits = 20
    /// A type, a number and a line end.
    static let mostHeader = 1 + mostDigits + 2

    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// Takes memory; a part that does not fit stops the program.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func header(_ type: UInt8, _ number: Int) {
        byte(type)
        self.number(Int64(number))
        lineEnd()
    }

    mutating func lineEnd() {
        byte(0x0D)
        byte(0x0A)
    }

    /// A string with its length before it.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            header(UInt8(ascii: "$"), utf8.count)
            copy(UnsafeRawBufferPointer(utf8))
        }
        lineEnd()
    }

    /// A number as a string with its length before it.
    mutating func string(_ number: Int64) {
        header(UInt8(ascii: "$"), Self.width(of: number))
        self.number(number)
        lineEnd()
    }

    mutating func bytes(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { copy($0) }
    }

    mutating func number(_ number: Int64) {
        if (0..<10).contains(number) {
            byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
            return
        }
        let width = Self.width(of: number)
        var rest = number.magnitude
        precondition(count + width <= memory.count)
        if number < 0 { memory[count] = UInt8(ascii: "-") }
        var index = count + width
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            index -= 1
            memory[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        count += width
    }

    /// How many characters a number has.
    static func width(of number: Int64) -> Int {
        var (width, rest) = (number < 0 ? 2 : 1, number.magnitude)
        while rest >= 10 {
            width += 1
            rest /= 10
        }
        return width
    }

    private mutating func byte(_ byte: UInt8) {
        precondition(count < memory.count)
        memory[count] = byte
        count += 1
    }

    private mutating func copy(_ source: UnsafeRawBufferPointer) {
        precondition(count + source.count <= memory.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: source)
        count += source.count
    }
}
