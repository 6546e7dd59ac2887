internal import Notifications

/// A notification of Uptime Kuma as a channel.
struct KumaNotification {
    /// The channel's document.
    let document: JSON
    /// What the sites that tell it are tagged with.
    let tag: String

    /// Reads a notification; nil, with a note, where there is no such channel here.
    init?(_ notification: JSON, _ conversion: inout Conversion) {
        let title = notification["name"]?.string ?? "notification"
        // The backup holds the configuration as JSON within a text.
        let config =
            notification["config"]?.string.flatMap { try? JSON(parsing: Array($0.utf8)) } ?? notification["config"]
        guard let config, config.members != nil else {
            conversion.note(title, "Its notification can't be read and is left out; add the channel by hand")
            return nil
        }
        let type = config["type"]?.string ?? ""
        let settings: [JSON.Member]
        var passedOver: [String]
        switch type {
        case "webhook":
            settings = [.init("url", config["webhookURL"] ?? .null)]
            passedOver = ["webhookAdditionalHeaders", "webhookCustomBody"]
            conversion.note(
                title,
                "Its receiver gets other JSON from here: events as CloudEvents data, signed; adapt what reads them"
            )
        case "slack":
            settings = [.init("url", config["slackwebhookURL"] ?? .null)]
            passedOver = ["slackchannel", "slackusername", "slackiconemo", "slackchannelnotify"]
        case "ntfy":
            settings = [
                .init("url", config["ntfyserverurl"] ?? .null), .init("topic", config["ntfytopic"] ?? .null),
                .init("token", config["ntfyaccesstoken"] ?? .null),
            ]
            passedOver = ["ntfyusername", "ntfypassword", "ntfyIcon"]
        default:
            conversion.note(
                title,
                "There is no channel of type \(type.isEmpty ? "?" : Printable.text(type, atMost: 40)) here; of \(ChannelType.allCases.map(\.rawValue).joined(separator: ", ")), a webhook can reach a program that passes events on"
            )
            return nil
        }
        passedOver = passedOver.filter { config[$0]?.isNothing == false }
        if !passedOver.isEmpty {
            conversion.note(title, "Settings that a channel does not have here: \(passedOver.joined(separator: ", "))")
        }
        if notification["active"]?.isNothing == true {
            conversion.note(title, "Was not in use, and is in use here; pause it if it should not be")
        }
        let name = conversion.name(title, group: nil, kind: "channel")
        tag = Conversion.tag(name)
        let own = settings.filter { !$0.value.isNothing }
        document =
            JSON.object([
                .init("name", .string(name)), .init("type", .string(type)), .init("settings", .object(own)),
                .init("tags", [.string(tag)]),
            ]).escapingVariables
    }
}
