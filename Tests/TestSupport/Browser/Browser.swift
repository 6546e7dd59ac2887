internal import Foundation
package import Notifications

/// A page in a real browser without a window.
package struct Browser: Sendable {
    /// Keys that have no character of their own.
    package enum Key {
        package static let tab = "\u{E004}"
        package static let enter = "\u{E007}"
    }

    private let driver: Chromedriver
    private let session: String

    /// Runs `body` with a new browser, which ends with it.
    ///
    /// - Parameters:
    ///   - driver: Who drives it.
    ///   - width: Of the page, in CSS pixels.
    ///   - isDark: Whether the reader wants dark pages.
    ///   - body: The test.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    package static func with<Result>(
        _ driver: Chromedriver,
        width: Int = 1_280,
        isDark: Bool = false,
        _ body: (Browser) async throws -> Result
    ) async throws -> Result {
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
        ]
        let options = JSON.object([.init("args", .array(arguments.map(JSON.string)))])
        let wanted = JSON.object([
            .init("browserName", .string("chrome")), .init("pageLoadStrategy", .string("eager")),
            .init("goog:chromeOptions", options),
            .init("goog:loggingPrefs", .object([.init("browser", .string("ALL"))])),
        ])
        let answer = try await driver.send(
            "POST",
            "/session",
            .object([.init("capabilities", .object([.init("alwaysMatch", wanted)]))])
        )
        guard let session = answer["sessionId"]?.string else { throw BrowserFailure("The driver opened no browser.") }
        let browser = Browser(driver: driver, session: session)
        do {
            try await browser.emulate(width: width, isDark: isDark)
            let result = try await body(browser)
            _ = try await driver.send("DELETE", "/session/\(session)")
            return result
        } catch {
            let page = try? await browser.run("return location.href + '\\n' + document.body.innerText.slice(0, 1500)")
            _ = try? await driver.send("DELETE", "/session/\(session)")
            throw BrowserFailure("\(error)\nThe page: \(page?.string ?? "–")")
        }
    }

    // MARK: Pages

    /// Opens a page.
    package func open(_ url: String) async throws { _ = try await send("POST", "/url", [.init("url", .string(url))]) }

    /// Runs a script in the page.
    ///
    /// - Returns: What it returns.
    @discardableResult
    package func run(_ script: String, _ arguments: [JSON] = []) async throws -> JSON {
        try await send("POST", "/execute/sync", [.init("script", .string(script)), .init("args", .array(arguments))])
    }

    /// Runs a script whose last argument is called with what it returns.
    package func wait(for script: String) async throws -> JSON {
        try await send("POST", "/execute/async", [.init("script", .string(script)), .init("args", .array([]))])
    }

    /// Waits until an expression of JavaScript is true in whatever page is there.
    package func until(_ expression: String, within limit: Duration = .seconds(30)) async throws {
        try await eventually(expression, within: limit) {
            // Between two pages there is none to ask.
            (try? await run("return Boolean(document.body && (\(expression)))"))?.bool ?? false
        }
    }

    /// Waits until the page has a text that can be read.
    package func untilText(_ text: String, within limit: Duration = .seconds(30)) async throws {
        try await until("document.body.innerText.includes(\(JSON.string(text).text))", within: limit)
    }

    // MARK: People

    /// Clicks what a CSS selector names, once it is there.
    package func click(_ selector: String) async throws {
        while true {
            try await until("document.querySelector(\(JSON.string(selector).text))")
            do {
                let found = try await send(
                    "POST",
                    "/element",
                    [.init("using", .string("css selector")), .init("value", .string(selector))]
                )
                guard let id = found.members?.first?.value.string else {
                    throw BrowserFailure("There is no \(selector).")
                }
                _ = try await send("POST", "/element/\(id)/click", [])
                return
            } catch let failure as BrowserFailure where failure.isOfReplacedElement {
                // The page has just been renewed there, and nothing was clicked.
            }
        }
    }

    /// Presses keys, one after the other, wherever the focus is.
    package func press(_ keys: String) async throws {
        let strokes = keys.flatMap { key -> [JSON] in
            ["keyDown", "keyUp"].map { .object([.init("type", .string($0)), .init("value", .string(String(key)))]) }
        }
        let keyboard = JSON.object([
            .init("type", .string("key")), .init("id", .string("keyboard")), .init("actions", .array(strokes)),
        ])
        _ = try await send("POST", "/actions", [.init("actions", .array([keyboard]))])
    }

    // MARK: What the browser knows

    /// The errors in the console since it was last asked, without the answers that are no success: a form that comes
    /// back with what is wrong is one of these.
    package func errors() async throws -> [String] {
        let entries = try await send("POST", "/se/log", [.init("type", .string("browser"))]).array ?? []
        return entries.filter { $0["level"]?.string == "SEVERE" }.compactMap { $0["message"]?.string }
    }

    /// A picture of the page as it is seen, in PNG.
    package func picture() async throws -> [UInt8] {
        let text = try await send("GET", "/screenshot", []).string ?? ""
        return Array(Data(base64Encoded: text) ?? Data())
    }

    private func emulate(width: Int, isDark: Bool) async throws {
        try await tell(
            "Emulation.setDeviceMetricsOverride",
            [
                .init("width", JSON(width)), .init("height", JSON(860)), .init("deviceScaleFactor", JSON(1)),
                .init("mobile", .bool(false)),
            ]
        )
        let scheme = JSON.object([
            .init("name", .string("prefers-color-scheme")), .init("value", .string(isDark ? "dark" : "light")),
        ])
        try await tell("Emulation.setEmulatedMedia", [.init("features", .array([scheme]))])
    }

    private func tell(_ command: String, _ parameters: [JSON.Member]) async throws {
        _ = try await send(
            "POST",
            "/goog/cdp/execute",
            [.init("cmd", .string(command)), .init("params", .object(parameters))]
        )
    }

    private func send(_ method: String, _ path: String, _ body: [JSON.Member]) async throws -> JSON {
        try await driver.send(method, "/session/\(session)\(path)", .object(body))
    }
}
