internal import Monitoring
internal import Networking
internal import TestSupport
internal import Testing

@Suite struct HTTPProbeTLSTests {
    private func with(
        _ kind: TestCertificates.Kind,
        _ body: (LocalSite, TestCertificates) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try TestCertificates(in: directory)
            try await LocalSite.with(certificate: (certificates, kind)) { site in
                try await body(site, certificates)
            }
        }
    }

    @Test(
        "A valid certificate is up, with the time of the handshake and its end",
        arguments: ["localhost", "127.0.0.1"]
    )
    func valid(_ host: String) async throws {
        try await with(.valid) { site, certificates in
            let seen = try await makeProbe(trustRoots: [certificates.rootPath]).check(site.url(host: host))
            #expect(seen.verdict == .up, "\(seen.failure?.message ?? "")")
            #expect(try #require(seen.phases.tls) > .zero)
            let end = try #require(seen.certificateEndsAt)
            let days = (end - SystemTime().now()).milliseconds / 86_400_000
            #expect((29...30).contains(days))
            try await eventually("the connection is closed") { site.openConnections == 0 }
        }
    }

    @Test func `an expired certificate is down, with the day it ended`() async throws {
        try await with(.expired) { site, certificates in
            let probe = try makeProbe(trustRoots: [certificates.rootPath])
            let seen = await probe.check(site.url(host: "localhost"))
            #expect(seen.verdict == .down)
            #expect(seen.failure?.phase == .tls)
            #expect(seen.failure?.message == "the certificate expired on 2020-02-01")
            #expect(seen.certificateEndsAt == Timestamp(milliseconds: 1_580_515_200_000))
            let careless = await probe.check(site.url(host: "localhost")) { $0.verifyTLS = false }
            #expect(careless.verdict == .up)
            #expect(careless.certificateEndsAt == Timestamp(milliseconds: 1_580_515_200_000))
        }
    }

    @Test("A certificate for another host is down", arguments: ["localhost", "127.0.0.1"])
    func wrongHost(_ host: String) async throws {
        try await with(.wrongHost) { site, certificates in
            let probe = try makeProbe(trustRoots: [certificates.rootPath])
            let seen = await probe.check(site.url(host: host))
            #expect(seen.verdict == .down)
            #expect(seen.failure?.phase == .tls)
            #expect(seen.failure?.message == "the certificate is not for \(host)")
            #expect(seen.certificateEndsAt != nil)
            let careless = await probe.check(site.url(host: host)) { $0.verifyTLS = false }
            #expect(careless.verdict == .up)
        }
    }

    @Test func `a certificate of an unknown issuer is down`() async throws {
        try await with(.valid) { site, _ in
            let seen = try await makeProbe().check(site.url(host: "localhost"))
            #expect(seen.failure?.phase == .tls)
            #expect(
                seen.failure?.message
                    == "the certificate is not trusted: its issuer is unknown, or its chain is incomplete"
            )
            #expect(seen.certificateEndsAt != nil)
            #expect(site.requests.isEmpty)
        }
    }

    @Test func `an address in an odd spelling can be a TLS server's name`() async throws {
        try await with(.valid) { site, _ in
            let seen = try await makeProbe(resolver: SystemResolver()).check(site.url(host: "127.1")) {
                $0.verifyTLS = false
            }
            #expect(seen.verdict == .up, "\(seen.failure?.message ?? "")")
        }
    }

    @Test func `a server that does not speak TLS is told from one that fails at it`() async throws {
        try await LocalSite.with { site in
            let plain = try await makeProbe().check("https://127.0.0.1:\(site.port)/")
            #expect(plain.failure?.phase == .tls)
            #expect(plain.failure?.message == "the server does not speak TLS on this port")
        }
    }

    @Test func `a redirect from TLS to plain text is followed and judged`() async throws {
        try await LocalSite.with { plain in
            let target = plain.url("/end")
            try await withTemporaryDirectory { directory in
                let certificates = try TestCertificates(in: directory)
                try await LocalSite.with(
                    certificate: (certificates, .valid),
                    { _ in .redirect(to: target) },
                    body: { site in
                        let seen = try await makeProbe(trustRoots: [certificates.rootPath]).check(site.url())
                        #expect(seen.verdict == .up)
                        #expect(seen.phases.tls == nil)
                        #expect(seen.certificateEndsAt != nil)
                        #expect(plain.requests.count == 1)
                    }
                )
            }
        }
    }
}
