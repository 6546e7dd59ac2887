// Runs one step a number of times. `Benchmarks/micro.py` counts the instructions of two numbers and takes the difference,
// so that what the process itself costs falls out.

import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 3, let step = MicroBenchmark(rawValue: arguments[1]), let times = Int(arguments[2]), times > 0
else {
    let names = MicroBenchmark.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("MicroBenchmarks needs one of \(names), and how often it is to run.\n".utf8))
    exit(64)
}
// Printed, so that nothing is left out for want of a use.
print(try step.run(times))
