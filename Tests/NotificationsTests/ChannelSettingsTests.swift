import Notifications
import Testing

@Suite struct ChannelSettingsTests {
    private func pointers(_ type: ChannelType, _ settings: [String: String]) -> [String] {
        ChannelSettings(name: "c", type: type, settings: settings).problems().map(\.pointer)
    }

    @Test func `each type says what it needs and what it does not know`() {
        #expect(pointers(.webhook, ["url": "https://example.com/hook"]) == [])
        #expect(pointers(.webhook, [:]) == ["/settings/url"])
        #expect(pointers(.webhook, ["url": "https://e.com", "colour": "red"]) == ["/settings/colour"])
        #expect(pointers(.slack, [:]) == ["/settings/url"])
        #expect(pointers(.ntfy, [:]) == ["/settings/topic"])
        #expect(pointers(.ntfy, ["topic": "a/b", "token": "x y"]) == ["/settings/topic", "/settings/token"])
        #expect(pointers(.console, [:]) == [])
        #expect(pointers(.console, ["url": "https://e.com"]) == ["/settings/url"])
    }

    @Test(arguments: [
        "ftp://example.com", "example.com", "https://", "http://a b", "https://u:p@example.com", "https://e.com/#f",
        "http://e.com:99999", "", "https://é.com", "javascript:alert(1)", "http+unix://x/y",
    ])
    func `a URL that can't be posted to is refused`(url: String) {
        #expect(pointers(.webhook, ["url": url]) == ["/settings/url"])
    }

    @Test func `durations are bounded`() {
        let url = "http://[::1]:8080/hook?x=1"
        #expect(pointers(.webhook, ["url": url, "timeout": "3s", "retry": "100ms,1s"]) == [])
        #expect(
            pointers(.webhook, ["url": url, "timeout": "0s", "retry": "1"]) == ["/settings/timeout", "/settings/retry"]
        )
        #expect(pointers(.webhook, ["url": url, "timeout": "61s"]) == ["/settings/timeout"])
    }

    @Test func `names, patterns and tags are checked`() {
        var settings = ChannelSettings(
            name: " x",
            type: .console,
            events: ["*", "site.*", "a b", "*.x"],
            tags: ["", "ok"]
        )
        #expect(settings.problems().map(\.pointer) == ["/name", "/events/2", "/events/3", "/tags/0"])
        settings.events = []
        #expect(settings.problems().map(\.pointer) == ["/name", "/events", "/tags/0"])
    }

    @Test func `secrets are made, kept, and not shown`() throws {
        let (whole, made) = ChannelSettings(name: "c", type: .webhook, settings: ["url": "https://e.com"])
            .makingSecrets()
        let secret = try #require(made["secret"])
        #expect(whole.problems().isEmpty)
        #expect(whole.settings["secret"] == secret)
        #expect(whole.withoutSecrets.settings == ["url": "https://e.com"])
        #expect(whole.secretNames == ["secret"])
        let edited = ChannelSettings(name: "d", type: .webhook, settings: ["url": "https://f.com"])
        #expect(edited.keepingSecrets(of: whole).settings["secret"] == secret)
        let other = ChannelSettings(name: "d", type: .ntfy, settings: ["topic": "t"])
        #expect(other.keepingSecrets(of: whole).settings == ["topic": "t"])
        #expect(whole.makingSecrets().made.isEmpty)
    }
}

@Suite struct RoutingTests {
    @Test func `patterns stand for all, a family, or one type`() {
        #expect(EventPattern("*")?.matches("anything") == true)
        #expect(EventPattern("site.*")?.matches("site.down") == true)
        #expect(EventPattern("site.*")?.matches("site") == false)
        #expect(EventPattern("site.*")?.matches("sites.down") == false)
        #expect(EventPattern("site.*")?.matches("site.") == false)
        #expect(EventPattern("site.down")?.matches("site.down") == true)
        #expect(EventPattern("site.down")?.matches("site.downer") == false)
        for text in ["", "**", "s*", "*.down", ".*x", "a b", ".*"] { #expect(EventPattern(text) == nil) }
    }
}
