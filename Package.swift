// swift-tools-version: 6.2

import PackageDescription

/// Whether the fuzzers are built, which needs `--sanitize fuzzer` and a build folder of its own; `make fuzz` does both.
let isFuzzing = Context.environment["TOCSIN_FUZZ"] != nil
/// Whether what measures is built as well; `make bench` does it, in a build folder of its own.
let isBenchmarking = Context.environment["TOCSIN_BENCHMARKS"] != nil

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
    static let histogram: Self = .product(name: "Histogram", package: "hdrhistogram-swift")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTesting: Self = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
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

let tocsinDependencies: [Target.Dependency] = [
    "Monitoring", "Networking", "Notifications", "PostgresBackend", "Probing", "Redis", "RedisBackend", "SQLiteBackend",
    "StoredForms", "Telemetry", "Web", .argumentParser, .asyncHTTPClient, .configuration, .crypto, .hummingbird,
    .logging, .nioCore,
    .nioHTTP1, .nioPosix, .serviceLifecycle, .yams,
]

let package = Package(
    name: "tocsin",
    platforms: [.macOS(.v15)],
    products: isFuzzing
        ? []
        : [.executable(name: "tocsin", targets: ["Tocsin"]), .executable(name: "chaos", targets: ["Chaos"])],
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
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
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
        .target(name: "Monitoring", dependencies: [.logging, .metrics, .serviceLifecycle]),
        .target(
            name: "Notifications",
            dependencies: [
                "Monitoring", "Networking", .asyncHTTPClient, .crypto, .logging, .metrics, .nioCore, .nioHTTP1,
                .nioPosix, .serviceLifecycle,
            ]
        ),

        // What a process counts, as Prometheus reads it.
        .target(name: "Telemetry", dependencies: [.coreMetrics]),

        // The network, as checks and channels may use it.
        .target(name: "Networking", dependencies: [.nioCore, .nioPosix]),
        .target(
            name: "Probing",
            dependencies: ["Monitoring", "Networking", .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .nioTLS, .logging]
        ),

        // The stores' rows and the decisions about them, which are the same in every database.
        .target(name: "StoredForms", dependencies: ["Monitoring", "Notifications", .crypto]),

        // Engines.
        .target(
            name: "Redis",
            dependencies: [.deque, .nioCore, .nioPosix, .nioSSL, .logging, .serviceLifecycle]
        ),
        .target(
            name: "RedisBackend",
            dependencies: [
                "Redis", "Monitoring", "Networking", "Notifications", .crypto, .logging, .nioCore, .serviceLifecycle,
            ]
        ),
        .target(
            name: "SQLiteBackend",
            dependencies: ["Monitoring", "Notifications", "StoredForms", .grdb, .logging, .serviceLifecycle]
        ),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(
            name: "PostgresBackend",
            dependencies: ["CLibpq", "Monitoring", "Notifications", "StoredForms", .logging, .serviceLifecycle]
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
                "CWebAssets", "Monitoring", "Notifications", "Telemetry", .crypto, .hummingbird, .logging, .metrics,
                .mustache, .nioCore, .serviceLifecycle, .yams,
            ]
        ),
        isFuzzing
            // A fuzzer brings a `main` of its own.
            ? .target(
                name: "Tocsin",
                dependencies: tocsinDependencies,
                swiftSettings: [
                    .unsafeFlags(["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "tocsin_main"])
                ]
            ) : .executableTarget(name: "Tocsin", dependencies: tocsinDependencies),

        // Tests. `TestSupport` holds what several suites share, the ports' conformance suites among it.
        .target(
            name: "TestSupport",
            dependencies: [
                "Monitoring", "Networking", "Notifications", .asyncHTTPClient, .logging, .nioCore, .nioPosix, .nioHTTP1,
                .nioSSL,
            ],
            path: "Tests/TestSupport"
        ),
        // Kills, stops and starves it, and counts what is left.
        .executableTarget(
            name: "Chaos",
            dependencies: [
                "TestSupport", "Monitoring", "Notifications", "Redis", .argumentParser, .grdb, .logging,
                .serviceLifecycle,
            ],
            path: "Chaos"
        ),
        .testTarget(name: "ChaosTests", dependencies: ["Chaos", "Monitoring"]),
        .testTarget(name: "MonitoringTests", dependencies: ["Monitoring", "TestSupport", .logging]),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                "Notifications", "Monitoring", "Networking", "SQLiteBackend", "StoredForms", "Telemetry", "TestSupport",
                .asyncHTTPClient, .crypto, .logging, .metrics, .nioHTTP1, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Telemetry", "TestSupport", .coreMetrics]
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
                "RedisBackend", "Redis", "SQLiteBackend", "StoredForms", "Monitoring", "Notifications", "TestSupport",
                .logging, .serviceLifecycle,
            ]
        ),
        .testTarget(name: "StoredFormsTests", dependencies: ["StoredForms", "Monitoring"]),
        .testTarget(
            name: "SQLiteBackendTests",
            dependencies: [
                "SQLiteBackend", "StoredForms", "Monitoring", "Notifications", "TestSupport", .grdb, .logging,
                .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "PostgresBackendTests",
            dependencies: ["PostgresBackend", "Monitoring", "Notifications", "StoredForms", "TestSupport", .logging]
        ),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "SQLiteBackend", "StoredForms", "Monitoring", "Notifications", "TestSupport", .grdb,
                .hummingbird,
                .hummingbirdTesting, .logging, .nioCore, .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "TocsinTests",
            dependencies: [
                "Tocsin", "Monitoring", "Networking", "Notifications", "SQLiteBackend", "StoredForms", "Telemetry",
                "TestSupport",
                "Web", .argumentParser, .logging, .metrics, .serviceLifecycle, .yams,
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

let fuzzProperties: [Target.Dependency] = [
    "Redis", "Notifications", "Monitoring", "Tocsin", .nioCore,
]
if isFuzzing {
    package.targets += [.target(name: "FuzzProperties", dependencies: fuzzProperties, path: "Fuzz/Properties")]
    package.targets += ["FuzzRESP", "FuzzEvents", "FuzzSites"].map {
        .executableTarget(name: $0, dependencies: ["FuzzProperties"], path: "Fuzz/\($0)")
    }
} else {
    package.targets += [
        .testTarget(
            name: "FuzzTests",
            dependencies: fuzzProperties,
            path: "Fuzz",
            exclude: ["Corpus", "FuzzRESP", "FuzzEvents", "FuzzSites"],
            sources: ["Properties", "Tests"]
        )
    ]
}

if isBenchmarking {
    package.dependencies.append(
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0")
    )
    package.targets += [
        // What `Benchmarks/bench.py` runs beside the program itself: fillers, receivers, senders of load.
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Monitoring", "Networking", "Notifications", "Redis", "RedisBackend", "SQLiteBackend", "StoredForms",
                .argumentParser, .asyncHTTPClient, .grdb, .histogram, .hummingbird, .logging, .nioCore, .nioHTTP1,
                .nioPosix, .serviceLifecycle,
            ],
            path: "Benchmarks/Bench"
        ),
        // Single steps, looped, for a tool that counts instructions.
        .executableTarget(
            name: "MicroBenchmarks",
            dependencies: ["Monitoring", "Notifications", "Redis", .nioCore],
            path: "Benchmarks/MicroBenchmarks"
        ),
    ]
}

for target in package.targets where !["CLibpq", "CWebAssets"].contains(target.name) {
    target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
}
