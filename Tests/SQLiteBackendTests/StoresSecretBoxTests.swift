import Foundation
import GRDB
import Monitoring
import Notifications
import SQLiteBackend
import StoredForms
import TestSupport
import Testing

@Suite("Secrets in the database")
struct StoresSecretBoxTests {
    private let author = Author(name: "tester")
    private let channel = ChannelSettings(
        name: "hook",
        type: .webhook,
        settings: ["url": "https://hook.example/", "secret": "whsec_treasure"]
    )
    private let site = SiteSettings(url: "https://a.example/", headers: ["Authorization": "Bearer treasure"])

    private func write(_ path: String, key: String?) async throws -> (SiteID, ChannelID) {
        let database = try SQLiteDatabase(path: path)
        try await SecretBox(key: key).verify(in: database)
        let fixture = StoreFixture(database, key: key)
        let ids = (try await fixture.addSite(site).id, try await fixture.channels.add(channel, by: author).id)
        try database.pool.close()
        return ids
    }

    @Test("with a key, neither headers nor channel settings lie in the file in the clear")
    func encrypted() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let (siteID, channelID) = try await write(path, key: "correct horse battery staple")
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
                #expect(bytes.range(of: Data("treasure".utf8)) == nil, "\(name)")
                #expect(bytes.range(of: Data("hook.example".utf8)) == nil, "\(name)")
            }
            let fixture = StoreFixture(try SQLiteDatabase(path: path), key: "correct horse battery staple")
            #expect(try await fixture.sites.site(siteID)?.settings == site)
            #expect(try await fixture.channels.channel(channelID)?.settings == channel)
        }
    }

    @Test(
        "a wrong key, or none where there was one, is refused with what to do",
        arguments: ["another key", nil] as [String?]
    )
    func wrongKey(key: String?) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let (siteID, _) = try await write(path, key: Data(repeating: 7, count: 32).base64EncodedString())
            let database = try SQLiteDatabase(path: path)
            do {
                try await SecretBox(key: key).verify(in: database)
                Issue.record("the key was taken")
            } catch let error as StoreError {
                #expect(error.code == .unusable)
                #expect(error.message.contains("TOCSIN_SECRET_KEY"))
            }
            let fixture = StoreFixture(database, key: key)
            try await expectStoreError(.unusable) { _ = try await fixture.sites.site(siteID) }
            try await expectStoreError(.unusable) { _ = try await fixture.channels.channels() }
        }
    }

    @Test("what was written before there was a key stays legible, and is sealed when it is written again")
    func keyAddedLater() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let (siteID, channelID) = try await write(path, key: nil)
            let database = try SQLiteDatabase(path: path)
            try await SecretBox(key: "new").verify(in: database)
            let fixture = StoreFixture(database, key: "new")
            #expect(try await fixture.sites.site(siteID)?.settings == site)
            var changed = channel
            changed.tags = ["x"]
            _ = try await fixture.channels.update(channelID, to: changed, revision: nil, by: author)
            let sealed = try await database.pool.read { try Data.fetchOne($0, sql: "SELECT settings FROM channel") }
            #expect(sealed?.range(of: Data("treasure".utf8)) == nil)
            #expect(try await fixture.channels.channel(channelID)?.settings == changed)
        }
    }

    @Test("32 bytes in Base64 and a passphrase are different keys, and a box says whether it has one")
    func keys() {
        #expect(SecretBox(key: "a passphrase").isLocked)
        #expect(SecretBox(key: Data(repeating: 1, count: 32).base64EncodedString()).isLocked)
        #expect(!SecretBox(key: nil).isLocked)
        #expect(!SecretBox(key: "").isLocked)
    }
}
