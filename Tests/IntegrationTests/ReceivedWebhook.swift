internal import Crypto
internal import Foundation
internal import Notifications
internal import TestSupport

/// A webhook as its receiver reads it, by the words of Standard Webhooks and with nothing of ours.
struct ReceivedWebhook: Sendable {
    /// It is not what the contract promises.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    let id: String
    let type: String
    let data: JSON
    private let request: LocalReceiver.Request

    init(_ request: LocalReceiver.Request) throws {
        let body = try JSON(parsing: request.body)
        guard let id = request.header("webhook-id"), let type = body["type"]?.string, let data = body["data"] else {
            throw Malformed(description: "no webhook: \(request.headers) \(request.text)")
        }
        self.id = id
        self.type = type
        self.data = data
        self.request = request
    }

    /// Whether the signature is that of the id, the time and the body, and the time is now.
    func isSigned(with secret: String?) -> Bool {
        guard let secret, secret.hasPrefix("whsec_"),
            let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))),
            let timestamp = request.header("webhook-timestamp"), let seconds = Double(timestamp),
            let signatures = request.header("webhook-signature")
        else { return false }
        let signed = Data("\(id).\(timestamp).".utf8) + Data(request.body)
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        let isFresh = abs(Date.now.timeIntervalSince1970 - seconds) < 300
        return isFresh && signatures.split(separator: " ").contains("v1,\(Data(code).base64EncodedString())")
    }
}

extension LocalReceiver {
    /// The webhooks so far, in the order of their arrival.
    func webhooks() throws -> [ReceivedWebhook] { try requests.map { try ReceivedWebhook($0) } }
}
