internal import Foundation
internal import Notifications

/// Looks pages over with axe-core, which scripts/dependencies puts into `.venv`.
package enum Accessibility {
    /// What axe finds serious or critical in the open page, a line each.
    package static func problems(of browser: Browser) async throws -> [String] {
        // The policy of the page forbids foreign scripts, not what the driver brings.
        try await browser.run(try script())
        let found = try await browser.wait(
            for: """
                const done = arguments[arguments.length - 1];
                axe.run({ resultTypes: ["violations"] }).then(
                  (result) => done(result.violations.filter((each) => ["serious", "critical"].includes(each.impact))
                    .map((each) => `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)
                      + " " + node.any.map((check) => check.message).join(" ")).join(" | ")}`)),
                  (error) => done([`axe: ${error}`]));
                """
        )
        return found.array?.compactMap(\.string) ?? ["axe did not answer"]
    }

    private static func script() throws -> String {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let library = root.appending(path: ".venv/lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library.path)) ?? []
        for version in versions {
            let file = library.appending(path: "\(version)/site-packages/axe_playwright_python/axe.min.js")
            if let data = try? Data(contentsOf: file) { return String(decoding: data, as: UTF8.self) }
        }
        throw BrowserFailure("axe-core is not in \(library.path); run scripts/dependencies test.")
    }
}
