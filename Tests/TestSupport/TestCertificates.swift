internal import Foundation

/// Certificates that a test makes for itself with the `openssl` command, below a root of its own.
package struct TestCertificates: Sendable {
    /// What is right or wrong with the certificate that a local site shows.
    package enum Kind: String, Sendable, CaseIterable {
        /// Good for `localhost` and `127.0.0.1` for the next 30 days.
        case valid
        /// Its end was on 2020-02-01.
        case expired
        /// Good, but for `elsewhere.example`.
        case wrongHost
    }

    /// The path of the root that signs them, in PEM.
    package let rootPath: String
    private let directory: String

    /// Makes the root and one certificate of each kind in `directory`.
    package init(in directory: String) throws {
        self.directory = directory
        rootPath = "\(directory)/root.pem"
        try Self.write(Self.configuration(directory), to: "\(directory)/ca.cnf")
        try Self.write("", to: "\(directory)/index.txt")
        try Self.write("01\n", to: "\(directory)/serial")
        try run(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-keyout",
            "\(directory)/root.key",
            "-out",
            rootPath,
            "-subj",
            "/CN=Tocsin test root",
            "-addext",
            "basicConstraints=critical,CA:TRUE"
        )
        for kind in Kind.allCases { try make(kind) }
    }

    /// The path of a kind's certificate, in PEM.
    package func certificatePath(_ kind: Kind) -> String { "\(directory)/\(kind.rawValue).pem" }

    /// The path of a kind's private key, in PEM.
    package func keyPath(_ kind: Kind) -> String { "\(directory)/\(kind.rawValue).key" }

    private func make(_ kind: Kind) throws {
        let names = kind == .wrongHost ? "DNS:elsewhere.example" : "DNS:localhost,IP:127.0.0.1"
        let extensions = "\(directory)/\(kind.rawValue).ext"
        try Self.write("subjectAltName=\(names)\n", to: extensions)
        let request = "\(directory)/\(kind.rawValue).csr"
        try run(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            keyPath(kind),
            "-out",
            request,
            "-subj",
            "/CN=\(kind.rawValue)"
        )
        let span =
            kind == .expired
            ? ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] : ["-days", "30"]
        try run(
            [
                "ca", "-batch", "-notext", "-config", "\(directory)/ca.cnf", "-cert", rootPath,
                "-keyfile", "\(directory)/root.key", "-in", request, "-out", certificatePath(kind),
                "-extfile", extensions,
            ] + span
        )
    }

    private func run(_ arguments: String...) throws { try run(arguments) }

    private func run(_ arguments: [String]) throws {
        let errors = "\(directory)/openssl.err"
        // As a child that inherits nothing: a listener of another test must not live on in it.
        let process = try ChildProcess("/bin/sh", ["-c", #"exec openssl "$@" 2>"$0""#, errors] + arguments)
        while process.isRunning { Thread.sleep(forTimeInterval: 0.002) }
        guard process.status == 0 else {
            let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw NeverHappened(description: "openssl failed: \(said)")
        }
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private static func configuration(_ directory: String) -> String {
        """
        [ca]
        default_ca = own
        [own]
        database = \(directory)/index.txt
        serial = \(directory)/serial
        new_certs_dir = \(directory)
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        """
    }
}
