internal import Monitoring

/// A small picture of a label and a value.
struct Badge: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case state(SiteStatus)
        /// The share of the time; nil where nothing is known yet.
        case uptime(Double?)
        /// The median; nil where nothing was answered.
        case response(Duration?)

        var text: String {
            switch self {
            case .state(let status): StatusPageView.word(status).lowercased()
            case .uptime(let ratio): ratio.map(SiteView.percentage) ?? "no data"
            case .response(let duration): duration.map(SiteView.duration) ?? "no data"
            }
        }

        /// White letters on each can be read: their contrast is 4.5 or more.
        var colour: String {
            switch self {
            case .state(.up): Self.good
            case .state(.degraded): Self.minor
            case .state(.down): Self.major
            case .uptime(let ratio?): ratio >= 0.999 ? Self.good : ratio >= 0.99 ? Self.minor : Self.major
            case .state, .uptime(nil), .response: Self.idle
            }
        }

        private static let good = "#126b33"
        private static let minor = "#8f5200"
        private static let major = "#b3161f"
        private static let idle = "#545b66"
    }

    private static let longest = 60

    let label: String
    let value: Value

    /// Letters are stretched to the widths reckoned here, so that they fit in whatever font there is.
    var svg: String {
        let label = label.count > Self.longest ? label.prefix(Self.longest - 1) + "…" : label
        let (left, right) = (Self.width(of: label), Self.width(of: value.text))
        let (leftBox, rightBox) = (left + 12, right + 12)
        let whole = leftBox + rightBox
        let name = XMLText.escaped("\(label): \(value.text)")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(whole)" height="20" role="img" aria-label="\(name)">\
            <title>\(name)</title>\
            <clipPath id="r"><rect width="\(whole)" height="20" rx="3"/></clipPath>\
            <g clip-path="url(#r)"><rect width="\(leftBox)" height="20" fill="#35322e"/>\
            <rect x="\(leftBox)" width="\(rightBox)" height="20" fill="\(value.colour)"/></g>\
            <g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">\
            <text x="6" y="14" textLength="\(left)">\(XMLText.escaped(label))</text>\
            <text x="\(leftBox + 6)" y="14" textLength="\(right)">\(XMLText.escaped(value.text))</text></g></svg>

            """
    }

    /// About how wide a text is in Verdana of 11 pixels.
    private static func width(of text: String) -> Int {
        let tenths = text.unicodeScalars.reduce(0) { sum, scalar in
            let own =
                switch scalar {
                case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!": 36
                case "f", "t", "r", " ", "(", ")", "-", "/": 44
                case "m", "w", "M", "W", "%", "@": 105
                case "A"..."Z": 76
                default: scalar.isASCII ? 69 : 110
                }
            return sum + own
        }
        return max(tenths / 10, 1)
    }
}
