/// An error that already is what people should read, without usage or type names around it.
protocol FinalSentence: Error {
    /// Each is one line of its own.
    var sentences: [String] { get }
}

extension CommandError: FinalSentence {
    var sentences: [String] { [message] }
}

extension ConfigurationError: FinalSentence {
    var sentences: [String] { problems.map(\.description) }
}
