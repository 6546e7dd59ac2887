internal import CWebAssets
internal import Crypto

/// A file that is part of the program: a template, a style sheet, a script.
struct Asset: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Changes with the content, so that browsers may keep a file for good.
    let version: String

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// All files by their names, such as `styles/tocsin.css`.
    static let all: [String: Asset] = {
        var assets: [String: Asset] = [:]
        var index = 0
        while let entry = tocsin_asset_at(index)?.pointee {
            let bytes = Array(UnsafeBufferPointer(start: entry.bytes, count: entry.size))
            let name = String(cString: entry.name)
            let version = TokenSecret.hex(SHA256.hash(data: bytes).prefix(8))
            assets[name] = Asset(name: name, bytes: bytes, version: version)
            index += 1
        }
        return assets
    }()

    /// The description of the API.
    static let openAPI = all["openapi.yaml"] ?? Asset(name: "openapi.yaml", bytes: [], version: "")

    /// The media type that the name's end stands for.
    var mediaType: String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "yaml": "application/yaml; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
