internal import Logging
internal import Monitoring
internal import Notifications
internal import ServiceLifecycle
internal import Synchronization
internal import Web

/// What a start does once it is certain that the process can work: registers what was named on the command line, makes the
/// first token and channels, has the sites checked at once, and tells the user.
struct FirstMinute: Service {
    let configuration: TocsinConfiguration
    let urls: [String]
    let parts: ServerParts
    let announcer: Announcer
    let logger: Logger
    /// Where the dashboard and the socket are, as soon as they can be reached.
    private let places = Watched<Places>(Places())

    private struct Places: Sendable {
        var dashboard: String?
        var socket: String?
    }

    init(
        configuration: TocsinConfiguration,
        urls: [String],
        parts: ServerParts,
        announcer: Announcer,
        logger: Logger
    ) {
        self.configuration = configuration
        self.urls = urls
        self.parts = parts
        self.announcer = announcer
        self.logger = logger
    }

    /// Takes the URL of the dashboard or the path of the socket.
    func listening(at place: String) async {
        places.withLock { places in
            if place.contains("://") { places.dashboard = place } else { places.socket = place }
        }
    }

    func run() async throws {
        do {
            var dashboard: String?
            if configuration.roles.contains(.api) {
                // Nothing is registered before it is certain that the port is ours.
                dashboard = try await places.wait { $0.dashboard }
            }
            try await begin(dashboard: dashboard)
        } catch is CancellationError {
            return
        }
        do { try await gracefulShutdown() } catch { return }
    }

    private func begin(dashboard: String?) async throws {
        if configuration.roles.contains(.pusher) {
            try await parts.sites.applyDefaultInterval(configuration.interval)
        }
        var isFirst = false
        let secret = TokenSecret.make()
        if configuration.roles.contains(.api) {
            isFirst = try await parts.tokens.addFirstToken(
                named: "first",
                scopes: Set(Scope.allCases),
                hash: TokenSecret.hash(of: secret)
            )
        }
        if isFirst { try await addConsoleChannel() }
        let webhookSecret = try await addWebhook()
        let sites = try await register()
        let channels = try await parts.channels.channels()
        announcer.started(
            Announcer.Start(
                roles: configuration.roles,
                database: configuration.database.description,
                broker: configuration.broker.description,
                region: configuration.region,
                dashboard: dashboard,
                socket: places.withLock { $0.socket },
                sites: try await parts.sites.statusCounts().values.reduce(0, +),
                channels: channels.map(\.settings.name)
            )
        )
        if let (name, secret) = webhookSecret { announcer.webhookSecret(secret, channel: name) }
        if isFirst {
            announcer.token(secret)
            // On loopback nobody has to sign in.
            if let dashboard, !configuration.listen.isLoopback {
                let now = SystemTime().now()
                announcer.signIn(
                    at: try await SignInLink.make(to: dashboard, token: secret, in: parts.sessions, now: now)
                )
            }
        }
        try await checkAtOnce(sites)
    }

    private func addConsoleChannel() async throws {
        guard configuration.hasConsoleChannel, try await parts.channels.channels().isEmpty else { return }
        _ = try await parts.channels.add(ChannelSettings(name: "console", type: .console), by: .local)
    }

    /// Makes the channel of `--webhook`, if there is none for its URL.
    ///
    /// - Returns: Its name and the secret that was made for it.
    private func addWebhook() async throws -> (name: String, secret: String)? {
        guard let url = configuration.webhook else { return nil }
        let channels = try await parts.channels.channels()
        guard !channels.contains(where: { $0.settings.type == .webhook && $0.settings.settings["url"] == url }) else {
            return nil
        }
        let names = Set(channels.map(\.settings.name))
        let name = names.contains("webhook") ? url : "webhook"
        let secret = WebhookSecret.random().text
        let settings = ChannelSettings(name: name, type: .webhook, settings: ["url": url, "secret": secret])
        do {
            _ = try await parts.channels.add(settings, by: .local)
        } catch let error as StoreError where error.code == .conflict {
            // Another process starts at the same time, and has made it.
            guard try await parts.channels.channels().contains(where: { $0.settings.settings["url"] == url }) else {
                throw error
            }
            return nil
        }
        return (name, secret)
    }

    /// Registers the sites of the command line that are not registered yet.
    ///
    /// - Returns: All of them.
    private func register() async throws -> [Site] {
        var sites: [Site] = []
        for url in urls {
            if let site = try await parts.sites.site(url: url) {
                sites.append(site)
            } else {
                sites.append(try await add(url))
            }
        }
        return sites
    }

    private func add(_ url: String) async throws -> Site {
        do {
            guard let site = try await parts.sites.add([SiteSettings(url: url)], by: .local).first else {
                throw StoreError(.unusable, "The database did not add \(url).")
            }
            return site
        } catch let error as StoreError where error.code == .conflict {
            // Another process starts at the same time, and has added it.
            guard let site = try await parts.sites.site(url: url) else { throw error }
            return site
        }
    }

    private func checkAtOnce(_ sites: [Site]) async throws {
        let jobs = sites.filter { !$0.settings.paused && $0.settings.regions.contains(configuration.region) }.map {
            CheckJob(
                websiteID: $0.id.description,
                url: $0.settings.url,
                slot: SystemTime().now(),
                revision: $0.revision
            )
        }
        if !jobs.isEmpty { try await parts.stream.add(jobs) }
    }
}

extension SiteStore {
    /// The site of a URL, if there is one.
    fileprivate func site(url: String) async throws -> Site? {
        if let site = try await site(named: url), site.settings.url == url { return site }
        var query = SiteQuery(limit: 100, search: url)
        while true {
            let page = try await overviews(query)
            if let found = page.items.first(where: { $0.site.settings.url == url }) { return found.site }
            guard let next = page.next else { return nil }
            query.after = next
        }
    }
}
