internal import Foundation
internal import NIOCore
internal import Testing

@testable internal import Networking

@Suite struct FailedAttemptTests {
    private func attempt(_ address: String, _ code: CInt) throws -> FailedAttempt {
        FailedAttempt(
            address: try #require(IPAddress(address)),
            error: IOError(errnoCode: code, reason: "connect")
        )
    }

    @Test func `addresses that failed alike share their reason`() throws {
        let attempts = try [
            attempt("192.0.2.1", ECONNREFUSED), attempt("192.0.2.2", EHOSTUNREACH), attempt("::1", ECONNREFUSED),
        ]
        let summary = attempts.summary(port: 443)
        #expect(
            summary.message == "connection refused by 192.0.2.1:443 and [::1]:443; no route to 192.0.2.2:443"
        )
        #expect(!summary.isOurs)
    }

    // PITFALLS 23
    @Test func `a lack of our own is told only where the site gave no reason`() throws {
        let both = try [attempt("2001:db8::1", ENETUNREACH), attempt("192.0.2.1", ECONNREFUSED)]
        #expect(both.summary(port: 80).message == "connection refused by 192.0.2.1:80")
        #expect(!both.summary(port: 80).isOurs)

        let ours = try [attempt("2001:db8::1", ENETUNREACH), attempt("192.0.2.1", EMFILE)]
        #expect(ours.summary(port: 80).isOurs)
        #expect(
            ours.summary(port: 80).message
                == "this machine has no network that leads to [2001:db8::1]:80; "
                + "this process has too many open files (raise ulimit -n) to connect to 192.0.2.1:80"
        )
    }

    @Test func `a timeout is no answer`() throws {
        let attempts = [FailedAttempt(address: .v4(0), error: ChannelError.connectTimeout(.seconds(1)))]
        #expect(attempts.summary(port: 80).message == "no answer from 0.0.0.0:80")
    }
}
