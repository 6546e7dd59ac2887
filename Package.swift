// swift-tools-version: 6.2

import PackageDescription

// Every Swift target is built with the same language features, and a warning is an error everywhere.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

extension Target.Dependency {
    static let algorithms: Self = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let deque: Self = .product(name: "DequeModule", package: "swift-collections")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTesting: Self = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let mustache: Self = .product(name: "Mustache", package: "swift-mustache")
    static let nio: Self = .product(name: "NIO", package: "swift-nio")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded: Self = .product(name: "NIOEmbedded", package: "swift-nio")
    static let nioFoundationCompat: Self = .product(name: "NIOFoundationCompat", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let nioTestUtils: Self = .product(name: "NIOTestUtils", package: "swift-nio")
    static let orderedCollections: Self = .product(name: "OrderedCollections", package: "swift-collections")
    static let serviceLifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "tocsin",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "tocsin", targets: ["Tocsin"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms.git", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration.git",
            from: "1.4.0",
            traits: ["YAML", "CommandLineArguments"]
        ),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // What Tocsin exists for. Neither knows of an engine.
        .target(name: "Monitoring", dependencies: [.logging, .serviceLifecycle]),
        .target(
            name: "Notifications",
            dependencies: [
                "Monitoring", "Networking", .asyncHTTPClient, .crypto, .logging, .nioCore, .nioHTTP1, .nioPosix,
                .serviceLifecycle,
            ]
        ),

        // The network, as checks and channels may use it.
        .target(name: "Networking", dependencies: [.nioCore, .nioPosix]),
        .target(
            name: "Probing",
            dependencies: ["Monitoring", "Networking", .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .nioTLS, .logging]
        ),

        // Engines.
        .target(
            name: "Redis",
            dependencies: [.deque, .nioCore, .nioPosix, .nioSSL, .logging, .serviceLifecycle]
        ),
        .target(
            name: "RedisBackend",
            dependencies: ["Redis", "Monitoring", "Notifications", .crypto, .logging, .nioCore, .serviceLifecycle]
        ),
        .target(
            name: "SQLiteBackend",
            dependencies: ["Monitoring", "Notifications", .crypto, .grdb, .logging, .serviceLifecycle]
        ),

        // What people and programs see.
        .target(
            name: "CWebAssets",
            exclude: ["files"],
            cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]
        ),
        .target(
            name: "Web",
            dependencies: [
                "CWebAssets", "Monitoring", "Notifications", .crypto, .hummingbird, .logging, .mustache, .nioCore,
                .serviceLifecycle,
            ]
        ),
        .executableTarget(
            name: "Tocsin",
            dependencies: [
                "Monitoring", "Networking", "Notifications", "Probing", "Redis", "RedisBackend", "SQLiteBackend", "Web",
                .argumentParser, .asyncHTTPClient, .configuration, .crypto, .hummingbird, .logging, .nioCore, .nioHTTP1,
                .nioPosix, .serviceLifecycle, .yams,
            ]
        ),

        // Tests. `TestSupport` holds what several suites share, the ports' conformance suites among it.
        .target(
            name: "TestSupport",
            dependencies: [
                "Monitoring", "Networking", "Notifications", .asyncHTTPClient, .logging, .nioCore, .nioPosix, .nioHTTP1,
                .nioSSL,
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "MonitoringTests", dependencies: ["Monitoring", "TestSupport", .logging]),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                "Notifications", "Monitoring", "Networking", "SQLiteBackend", "TestSupport", .asyncHTTPClient, .crypto,
                .logging, .nioHTTP1, .serviceLifecycle,
            ]
        ),
        .testTarget(name: "NetworkingTests", dependencies: ["Networking", "TestSupport", .nioCore, .nioPosix]),
        .testTarget(
            name: "ProbingTests",
            dependencies: [
                "Probing", "Monitoring", "Networking", "TestSupport", .nioCore, .nioPosix, .nioHTTP1, .nioSSL,
            ]
        ),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "Redis", "TestSupport", .nioCore, .nioEmbedded, .nioPosix, .nioSSL, .nioTestUtils, .logging,
                .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "RedisBackendTests",
            dependencies: [
                "RedisBackend", "Redis", "Monitoring", "Notifications", "TestSupport", .logging, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "SQLiteBackendTests",
            dependencies: ["SQLiteBackend", "Monitoring", "Notifications", "TestSupport", .grdb, .logging]
        ),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "SQLiteBackend", "Monitoring", "Notifications", "TestSupport", .hummingbird, .hummingbirdTesting,
                .logging, .nioCore, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "TocsinTests",
            dependencies: [
                "Tocsin", "Monitoring", "Networking", "Notifications", "SQLiteBackend", "TestSupport", "Web",
                .argumentParser,
                .logging, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "Redis", "Monitoring", "Notifications", .asyncHTTPClient, .nioCore, .nioPosix, .crypto,
                .grdb, .logging,
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)

for target in package.targets where target.name != "CWebAssets" {
    target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
}
