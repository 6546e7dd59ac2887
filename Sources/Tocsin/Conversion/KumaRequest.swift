internal import Foundation
internal import Notifications

/// What of a monitor's request can be carried over.
struct KumaRequest {
    let title: String

    /// Fields that say nothing that a site could hold, or belong to monitors of other types, which have them all.
    private static let irrelevant: Set<String> = [
        "id", "name", "type", "url", "method", "hostname", "port", "maxretries", "weight", "active", "forceInactive",
        "timeout", "interval", "retryInterval", "keyword", "invertKeyword", "expiryNotification", "ignoreTls",
        "upsideDown", "packetSize", "maxredirects", "accepted_statuscodes", "dns_resolve_type", "dns_resolve_server",
        "dns_last_result", "docker_container", "docker_host", "notificationIDList", "tags", "maintenance", "pathName",
        "parent", "childrenIDs", "authMethod", "basic_auth_user", "basic_auth_pass", "headers", "body",
        "httpBodyEncoding", "includeSensitiveData", "screenshot", "jsonPath", "expectedValue", "game", "databaseQuery",
        "databaseConnectionString", "gamedigGivenPortOnly", "pushToken", "grpcUrl", "grpcProtobuf", "grpcMethod",
        "grpcServiceName", "grpcEnableTls", "grpcBody", "grpcMetadata", "authWorkstation", "authDomain",
        "oauth_client_id", "oauth_client_secret", "oauth_token_url", "oauth_scopes", "oauth_auth_method", "tlsCa",
        "tlsCert", "tlsKey",
    ]
    private static let irrelevantPrefixes = ["mqtt", "radius", "kafka"]

    /// Reads method, headers, credentials and body.
    ///
    /// - Returns: Whether something is missing without which the check would fail.
    func read(_ monitor: JSON, into site: inout SiteDraft, _ conversion: inout Conversion) -> Bool {
        let method = monitor["method"]?.string?.uppercased() ?? "GET"
        site["method"] = .string(method.isEmpty ? "GET" : method)
        readHeaders(monitor, &site, &conversion)
        if let body = monitor["body"]?.string, !body.isEmpty {
            if ["GET", "HEAD"].contains(method) {
                conversion.note(title, "Its body is left out: a \(method) request has none here")
            } else {
                site["body"] = .string(body)
                let encoding = monitor["httpBodyEncoding"]?.string ?? "json"
                let types = ["json": "application/json", "xml": "text/xml; charset=utf-8"]
                if let type = types[encoding] { site.addHeader("Content-Type", type) }
            }
        }
        return readCredentials(monitor, &site, &conversion)
    }

    private func readHeaders(_ monitor: JSON, _ site: inout SiteDraft, _ conversion: inout Conversion) {
        guard let text = monitor["headers"]?.string, !text.isEmpty else { return }
        guard let headers = (try? JSON(parsing: Array(text.utf8)))?.members else {
            return conversion.note(title, "Its headers are no JSON object and are left out")
        }
        for header in headers { site.addHeader(header.name, header.value.cell) }
    }

    private func readCredentials(_ monitor: JSON, _ site: inout SiteDraft, _ conversion: inout Conversion) -> Bool {
        let user = monitor["basic_auth_user"]?.string ?? ""
        let password = monitor["basic_auth_pass"]?.string ?? ""
        // Backups older than the choice of a method have the user alone.
        let method = monitor["authMethod"]?.string ?? (user.isEmpty ? "" : "basic")
        switch method {
        case "": return false
        case "basic":
            site.addHeader("Authorization", "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())")
            return false
        default:
            conversion.note(
                title,
                "Signs in by \(Printable.text(method, atMost: 40)), which is not possible here; it is imported paused: resume it once another way to it is open"
            )
            return true
        }
    }

    /// Notes every other field that says something.
    ///
    /// - Returns: Whether something is missing without which the check would fail.
    func noteRest(_ monitor: JSON, _ conversion: inout Conversion) -> Bool {
        var isNeeded = false
        for member in monitor.members ?? [] where !member.value.isNothing {
            switch member.name {
            case "description":
                conversion.note(title, "Its description is left out: a site has a name, a group and tags")
            case "resendInterval":
                conversion.note(title, "It is not told again while it stays down; a reminder is not possible here")
            case "proxyId", "proxy_id":
                isNeeded = true
                conversion.note(
                    title,
                    "Is reached through a proxy, which is not possible here; it is imported paused: resume it where it can be reached directly"
                )
            case let name
            where Self.irrelevant.contains(name) || Self.irrelevantPrefixes.contains { name.hasPrefix($0) }:
                break
            case let name:
                conversion.note(title, "Its field \(Printable.text(name, atMost: 60)) is not known and left out")
            }
        }
        return isNeeded
    }
}
