internal import Notifications
internal import TestSupport
internal import Testing

extension Browsing {
    @Suite("The dashboard in a browser") struct Dashboard {
        private static let row = "document.querySelector('#site-1')"

        @Test("A site is seen to fall and rise without a reload, and its incident is acknowledged")
        func fallAndRise() async throws {
            try await DashboardStage.with { stage in
                try await Browser.with(stage.driver) { browser in
                    try await browser.open(stage.server.url)
                    try await browser.until("\(Self.row)?.dataset.state === 'up'")
                    try await browser.run("window.isTheSamePage = true")
                    try await stage.site.stop()
                    try await browser.until("\(Self.row)?.dataset.state === 'down'")
                    try await browser.until("\(Self.row).innerText.includes('refused')")

                    try await Browser.with(stage.driver) { other in
                        try await other.open(stage.server.url + "/incidents")
                        try await other.click("form[action$='/acknowledge'] button")
                        try await other.untilText("acknowledged by dashboard")
                        try await stage.expectQuiet(other)
                    }
                    try await stage.site.start()
                    try await browser.until("\(Self.row)?.dataset.state === 'up'")
                    #expect(try await browser.run("return window.isTheSamePage === true").bool == true)
                    try await stage.keepPicture("sites", of: browser)

                    try await browser.open(stage.server.url + "/sites/1")
                    try await browser.untilText("Where the time goes")
                    let checks = stage.site.requests.count
                    try await browser.click("form[action='/sites/1/check'] button")
                    try await eventually("the site is checked") { stage.site.requests.count > checks }
                    try await browser.until("document.querySelectorAll('#site-results li').length > 2")
                    try await stage.keepPicture("site", of: browser)
                    try await stage.expectQuiet(browser)
                }
            }
        }

        @Test("Under another name than this machine's own, a token signs in and signing out ends it")
        func signIn() async throws {
            try await DashboardStage.with { stage in
                try await Browser.with(stage.driver) { browser in
                    // Chromium takes every name under localhost for this machine; the server takes it for a proxy's.
                    let url = stage.server.url.replacing("127.0.0.1", with: "status.localhost")
                    try await browser.open(url + "/incidents")
                    try await browser.untilText("Paste a token")
                    try await browser.click("#token")
                    try await browser.press("guess" + Browser.Key.enter)
                    try await browser.untilText("This is no token that may read")
                    _ = try await browser.errors()
                    try await browser.click("#token")
                    try await browser.press(try #require(stage.server.token) + Browser.Key.enter)
                    try await browser.until("location.pathname === '/incidents'")
                    try await browser.click("form[action='/sign-out'] button")
                    try await browser.until("location.pathname === '/sign-in'")
                    try await browser.open(url + "/")
                    try await browser.until("location.pathname === '/sign-in'")
                    try await stage.expectQuiet(browser)
                }
            }
        }

        @Test("A dead letter is replayed, and the other is found by its filter and discarded with the rest")
        func deadLetters() async throws {
            try await LocalSite.with { _ in
                LocalSite.Response(status: 400, body: "no such hook")
            } body: { hook in
                try await DashboardStage.with(["--webhook", hook.url()]) { stage in
                    for number in 1...2 {
                        let event: JSON = ["type": .string("order.placed.\(number)")]
                        #expect(try await stage.server.postEvent(event).status == 202)
                    }
                    try await eventually("both are dead") {
                        try await stage.server.list("/v1/dead-letters", by: "before").count >= 2
                    }
                    try await Browser.with(stage.driver) { browser in
                        try await browser.open(stage.server.url + "/dead-letters")
                        try await browser.untilText("Replay")
                        let sent = hook.requests.count
                        try await browser.click("form[action$='/replay'][data-quiet] button")
                        try await eventually("it is sent again") { hook.requests.count > sent }
                        try await eventually("it is dead again") {
                            try await stage.server.list("/v1/dead-letters", by: "before").count >= 2
                        }
                        try await browser.open(stage.server.url + "/dead-letters?type=order.placed.2")
                        try await browser.until("document.querySelectorAll('.row.letter').length === 1")
                        try await browser.click(".toolbar details.confirm summary")
                        try await browser.click("form[action='/dead-letters/discard'] button")
                        try await browser.untilText("1 dead letter discarded.")
                        try await stage.expectQuiet(browser)
                    }
                }
            }
        }

        @Test("A window that somebody plans appears in an open page, is edited, and goes when it is deleted")
        func maintenance() async throws {
            try await DashboardStage.with { stage in
                try await Browser.with(stage.driver) { browser in
                    try await browser.open(stage.server.url + "/maintenance")
                    try await browser.untilText("No maintenance is planned.")
                    try await browser.run("window.isTheSamePage = true")
                    for title in ["Disks", "Fans"] {
                        try await stage.server.post(
                            "/v1/maintenance",
                            [
                                "title": .string(title), "start": .string(DashboardStage.tomorrow), "duration": "2h",
                                "all": true,
                                "zone": "Europe/Berlin",
                            ]
                        )
                    }
                    try await browser.untilText("Fans")
                    #expect(try await browser.run("return window.isTheSamePage === true").bool == true)
                    try await browser.click("a[href='/maintenance/1/edit']")
                    try await browser.until("location.pathname === '/maintenance/1/edit'")
                    try await browser.click("#m-title")
                    try await browser.press(" and tapes" + Browser.Key.enter)
                    try await browser.untilText("Disks and tapes")

                    try await browser.run("window.isTheSamePage = true")
                    try await browser.click("details:has(form[action='/maintenance/2/delete']) summary")
                    try await browser.click("form[action='/maintenance/2/delete'] button")
                    try await browser.until("!document.querySelector(\"form[action='/maintenance/2/delete']\")")
                    #expect(try await browser.run("return window.isTheSamePage === true").bool == true)
                    // What would delete another is not unfolded in its place.
                    #expect(try await browser.run("return document.querySelectorAll('details[open]').length").int == 0)
                    try await stage.expectQuiet(browser)
                }
            }
        }

        @Test("A site is added with the keyboard alone")
        func keyboard() async throws {
            try await DashboardStage.with { stage in
                try await Browser.with(stage.driver) { browser in
                    try await browser.open(stage.server.url)
                    try await browser.untilText("Shop")
                    try await browser.press("/")
                    #expect(try await browser.run("return document.activeElement.id").string == "search")
                    // The first stop of the keyboard leads past the navigation.
                    try await browser.open(stage.server.url)
                    try await browser.press(Browser.Key.tab)
                    #expect(try await browser.run("return document.activeElement.className").string == "skip")
                    try await Self.tab(to: "document.activeElement.getAttribute('href') === '/sites/new'", browser)
                    try await browser.press(Browser.Key.enter)
                    try await browser.until("document.activeElement.id === 'url'")
                    try await browser.press(stage.site.url("/second"))
                    try await browser.press(Browser.Key.tab + "Second")
                    try await Self.tab(to: "document.activeElement.matches('button.primary')", browser)
                    try await browser.press(Browser.Key.enter)
                    try await browser.until("document.querySelector('#site-head h1')?.innerText === 'Second'")
                    try await browser.until("document.querySelector('#site-head').dataset.state === 'up'")
                    try await stage.expectQuiet(browser)
                }
            }
        }

        /// Presses Tab until a condition on the focus holds; every stop has to be seen.
        private static func tab(to expression: String, _ browser: Browser) async throws {
            for _ in 0..<60 {
                try await browser.press(Browser.Key.tab)
                let style = try await browser.run("return getComputedStyle(document.activeElement).outlineStyle").string
                #expect(style != "none")
                if try await browser.run("return \(expression)").bool == true { return }
            }
            Issue.record("The keyboard never comes to \(expression)")
        }

        @Test("A wrong form comes back with what was typed and what is wrong beside its field")
        func wrongForm() async throws {
            try await DashboardStage.with { stage in
                try await Browser.with(stage.driver) { browser in
                    try await browser.open(stage.server.url + "/sites/new")
                    try await browser.click("#url")
                    try await browser.press("https://example.com" + Browser.Key.tab + "Shop" + Browser.Key.enter)
                    try await browser.untilText("nothing was changed")
                    #expect(try await browser.run("return document.getElementById('name').value").string == "Shop")
                    #expect(
                        try await browser.run(
                            "return document.getElementById('name').parentNode.querySelector('.field-error') !== null"
                        ).bool == true
                    )
                }
            }
        }

        @Test(
            "Every page fits, says nothing in the console, and has nothing that a checker of accessibility calls serious",
            arguments: [(320, false), (320, true), (1_280, false), (1_280, true)]
        )
        func everyPage(width: Int, isDark: Bool) async throws {
            try await DashboardStage.with { stage in
                try await stage.site.stop()
                try await eventually("the site is down") {
                    try await stage.server.get("/v1/incidents")["items"]?.array?.isEmpty == false
                }
                try await stage.tellOfIncidents()
                try await Browser.with(stage.driver, width: width, isDark: isDark) { browser in
                    for page in DashboardStage.pages + ["/sites/1?from=2026-01-01&to=2026-01-31", "/sign-in"] {
                        let what = Comment(rawValue: "\(page) at \(width), dark: \(isDark)")
                        try await browser.open(stage.server.url + page)
                        try await browser.until("document.readyState === 'complete'")
                        let wide = try await browser.run("return document.documentElement.scrollWidth").int ?? 0
                        #expect(wide <= width, what)
                        if page == "/docs" {
                            // The articles are alike, and all of them keep the checker busy for a minute.
                            try await browser.run(
                                "document.querySelectorAll('.reference article ~ article').forEach((each) => each.remove())"
                            )
                        }
                        let problems = try await Accessibility.problems(of: browser)
                        #expect(problems.isEmpty, "\(what): \(problems)")
                        let ground = "getComputedStyle(document.body).backgroundColor"
                        let light = try await browser.run("return \(ground).match(/\\d+/g)[0] > 128").bool
                        #expect(light == !isDark, what)
                    }
                    try await stage.expectQuiet(browser)
                    try await browser.open(stage.server.url)
                    try await browser.untilText("Shop")
                    let suffix = "\(width)\(isDark ? "-dark" : "")"
                    try await stage.keepPicture("sites-\(suffix)", of: browser)
                    for page in [
                        "sites/1", "maintenance", "system", "status", "status/history", "status-page", "incidents",
                        "incidents/2", "docs",
                    ] {
                        try await browser.open("\(stage.server.url)/\(page)")
                        try await browser.until("document.readyState === 'complete'")
                        try await stage.keepPicture("\(page.replacing("/", with: "-"))-\(suffix)", of: browser)
                    }
                }
            }
        }
    }
}
