import Notifications
import Testing

@Suite struct WebhookSignatureTests {
    private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let symmetric = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let ed25519 =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="

    private func signature(_ secrets: String) throws -> String? {
        try WebhookSignature.headers(
            id: Self.id,
            timestamp: 1_614_265_330,
            body: Self.body,
            secrets: WebhookSecret.list(parsing: secrets)
        ).first { $0.name == "webhook-signature" }?.value
    }

    @Test func `the symmetric vector of Standard Webhooks is met`() throws {
        #expect(try signature(Self.symmetric) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `the ed25519 vector of Standard Webhooks is met`() throws {
        let vector = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
        #expect(try signature(Self.ed25519) == vector)
    }

    @Test func `while a secret is changed both sign`() throws {
        let text = try #require(try signature("\(Self.symmetric) \(Self.ed25519)"))
        #expect(text.split(separator: " ").map { $0.prefix(3) } == ["v1,", "v1a"])
    }

    @Test(arguments: [
        "", "whsec_", "whsec_AAAA", "whsec_!!!", "secret", "whsk_AAAA",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ",
    ])
    func `what is no secret is refused, and not repeated`(text: String) {
        #expect {
            try WebhookSecret.list(parsing: text)
        } throws: { error in
            text.count < 8 || !"\(error)".contains(text)
        }
    }

    @Test func `a made secret is one, and never printed`() throws {
        let secret = WebhookSecret.random()
        #expect(try WebhookSecret(parsing: secret.text) == secret)
        #expect(secret != WebhookSecret.random())
        #expect(!"\(secret)".contains(secret.text) && !String(reflecting: secret).contains(secret.text))
    }
}
