internal import Testing

@testable internal import Tocsin

@Suite struct ProblemDocumentTests {
    private func sentence(_ status: Int, _ body: String) -> String {
        ProblemDocument(status: status, body: Array(body.utf8)).sentence
    }

    @Test func `a problem becomes one sentence with the places of what is wrong`() {
        let body = """
            {"title":"Unprocessable Content","status":422,"detail":"2 fields are wrong; nothing was changed.",
            "errors":[{"pointer":"/interval","detail":"Should be 1s or more."},{"pointer":"/url","detail":"Is needed."}]}
            """
        #expect(
            sentence(422, body)
                == "2 fields are wrong; nothing was changed: /interval: Should be 1s or more; /url: Is needed."
        )
    }

    @Test(arguments: ["<html>", "", "[]", "{\"errors\":7}"])
    func `what is no problem document still is a sentence`(_ body: String) {
        #expect(sentence(502, body) == "The server answered with status 502.")
    }

    @Test func `of very many fields the first are told`() {
        let errors = (0..<50).map { "{\"pointer\":\"/\($0)\",\"detail\":\"Bad.\"}" }.joined(separator: ",")
        let sentence = sentence(422, "{\"detail\":\"Wrong.\",\"errors\":[\(errors)]}")
        #expect(sentence.hasSuffix("/9: Bad; and 40 more."))
    }

    @Test func `what a server says can't move the cursor`() {
        #expect(sentence(400, "{\"detail\":\"a\\u001b[2Jb\"}") == "a\u{FFFD}[2Jb.")
    }

    @Test func `a missing token is told how to get one`() {
        let refusal = ProblemDocument(status: 401, body: [])
        #expect(refusal.commandError(at: .url("https://t", token: nil)).message.contains("asks for a token"))
        #expect(refusal.commandError(at: .url("https://t", token: "x")).message.contains("does not know this token"))
        #expect(refusal.commandError(at: .url("https://t", token: "x")).status == .failure)
    }
}
