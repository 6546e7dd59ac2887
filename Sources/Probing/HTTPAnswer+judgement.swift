internal import Monitoring

extension HTTPAnswer {
    /// Why this answer is not what was expected; nil if it is.
    func failure(against expect: Expectation, bodyStart: String?) -> CheckFailure? {
        guard expect.status.contains(where: { $0.codes.contains(status) }) else {
            let wanted = expect.status.map(\.description).joined(separator: ", ")
            return CheckFailure(
                phase: .status,
                message: "status \(status), expected \(wanted)",
                bodyStart: bodyStart
            )
        }
        guard let keyword = expect.body, !isKeywordFound else { return nil }
        let scope = isCut ? " in its first \(HTTPBounds.body / 1_048_576) MiB" : ""
        return CheckFailure(
            phase: .body,
            message: "the body does not contain “\(keyword.prefix(100))”\(scope)",
            bodyStart: bodyStart
        )
    }
}
