internal import Logging
internal import Monitoring

extension DeliveryLoop {
    /// Claims once, if there may be something.
    ///
    /// - Returns: Whether there may be more at once.
    mutating func claim(in group: inout DiscardingTaskGroup) async throws -> Bool {
        guard mayClaim, let snapshot else { return ledger.hasReports }
        let completions = ledger.completions.prefix(Self.reportBatch).map(\.value)
        let free = ledger.free(told: completions.count)
        guard free > 0 else {
            isHeldBack = true
            return ledger.hasReports
        }
        let request = request(free: free, channels: snapshot.channels, completions: completions)
        // An attempt that ends meanwhile may make another worthwhile.
        mayClaim = false
        // What is claimed is routed by channels as they are then; they are read meanwhile.
        directory.prepare(notOlderThan: time.now() - Self.channelAge)
        let claim: Claim
        do {
            claim = try await ask(in: &group) { try await $0.claim(request) }
        } catch {
            mayClaim = true
            throw error
        }
        completionsAreTold(completions.count, claim.completed)
        knownToken = (claim.events.map(\.token) + claim.deliveries.map(\.token)).reduce(knownToken, max)
        let now = time.now()
        mailbox.leaseIsExtended(of: boot, at: now)
        clockOffset = claim.now - now
        nextDue = claim.nextDue
        var planner = DeliveryPlanner(snapshot: snapshot, now: claim.now, localNow: now)
        for held in claim.deliveries {
            if held.crashes >= Suspect.crashes {
                putAside(.delivery(held))
            } else {
                await start(held, &planner, in: &group)
            }
        }
        if !claim.events.isEmpty, let recent = await directory.snapshot(notOlderThan: now - Self.channelAge) {
            self.snapshot = recent
            planner = DeliveryPlanner(snapshot: recent, now: claim.now, localNow: now)
        }
        for (id, gate) in claim.gates {
            // Of the channels as they are now, since it may just have been added.
            guard let channel = planner.snapshot.channels[id] else { continue }
            // Another worker was asked to leave it alone, or an earlier boot of this one.
            ledger.withSlots { $0.pause(channel, until: now + (gate - claim.now)) }
        }
        isUndecided = false
        for held in claim.events {
            if held.crashes >= Suspect.crashes {
                putAside(.event(held))
            } else {
                await start(held, &planner, in: &group)
            }
        }
        // The channels can't be read: what was given back would only be claimed again.
        if isUndecided { try await time.sleep(for: Self.undecidedPause) }
        deliveryShare = claim.deliveries.count == request.freeDeliveries ? max(1, free / 2) : 1
        let isEmpty = claim.events.isEmpty && claim.deliveries.isEmpty
        if free == 1 {
            // The other kind has its turn where this one had nothing.
            defer { isEventsTurn = isEmpty && !isEventsTurn }
            mayClaim = mayClaim || !isEmpty || !isEventsTurn
        } else {
            mayClaim = mayClaim || !isEmpty
        }
        isHeldBack = isHeldBack || ledger.free == 0
        return mayClaim || ledger.hasReports
    }

    // MARK: Suspects

    /// Keeps one suspect for later, when it is alone; the others are given back, for another worker or another time.
    private mutating func putAside(_ suspect: Suspect) {
        if !ledger.putAside(suspect) { ledger.report(suspect.release) }
    }

    /// Starts the suspect once nothing else is in hand.
    mutating func startSuspect(in group: inout DiscardingTaskGroup) async {
        guard !mailbox.isStopping, let snapshot, let suspect = ledger.takeSuspect() else { return }
        let now = time.now()
        var planner = DeliveryPlanner(snapshot: snapshot, now: now + clockOffset, localNow: now)
        logger.notice("works alone on what several workers died with", metadata: ["suspect": "\(suspect.name)"])
        switch suspect {
        case .event(let held): await start(held, &planner, in: &group)
        case .delivery(let held): await start(held, &planner, in: &group)
        }
        mayClaim = true
        guard isUndecided else { return }
        isUndecided = false
        // As after a claim; a cancellation ends the loop by itself.
        try? await time.sleep(for: Self.undecidedPause)
    }

    private mutating func request(
        free: Int,
        channels: [ChannelID: RegisteredChannel],
        completions: [Completion]
    ) -> ClaimRequest {
        let now = time.now()
        var request = ClaimRequest(
            boot: boot,
            lease: configuration.lease,
            knownToken: knownToken,
            freeEvents: 0,
            freeDeliveries: 0,
            completions: completions
        )
        isHeldBack = false
        for (id, channel) in channels {
            if channel.settings.paused {
                request.skip.insert(id)
                continue
            }
            switch ledger.slots.permission(id, at: now) {
            case .slots(let count) where count > 0:
                request.channelSlots[id] = count
                if count < configuration.channelConcurrency { isHeldBack = true }
            case .slots, .wait:
                request.skip.insert(id)
                isHeldBack = true
            }
        }
        if free == 1 {
            request.freeEvents = isEventsTurn ? 1 : 0
            request.freeDeliveries = isEventsTurn ? 0 : 1
        } else {
            request.freeDeliveries = min(free - 1, max(1, deliveryShare))
            request.freeEvents = free - request.freeDeliveries
        }
        return request
    }

    private mutating func start(
        _ held: HeldEvent,
        _ planner: inout DeliveryPlanner,
        in group: inout DiscardingTaskGroup
    ) async {
        let now = planner.localNow
        let (slots, directory) = (ledger.slots, directory)
        func canSend(_ channel: RegisteredChannel) -> Bool {
            slots.directness(channel.id, at: now) != .no && directory.reasonForDisabling(channel.id) == nil
        }
        var plan = planner.plan(held, canSend: canSend)
        if case .end(let id, let hash, _, .unrouted) = plan, planner.snapshot.loadedAt <= now {
            // Nobody is told of an unrouted event, so it must be certain that nobody wants to be.
            guard let recent = await directory.snapshot(notOlderThan: now) else {
                ledger.report(.event(token: held.token, id: id, hash: hash, end: .released))
                isUndecided = true
                return
            }
            snapshot = recent
            planner = DeliveryPlanner(snapshot: recent, now: planner.now, localNow: now)
            plan = planner.plan(held, canSend: canSend)
        }
        switch plan {
        case .end(let id, let hash, let type, let end):
            ledger.report(.event(token: held.token, id: id, hash: hash, end: end))
            tell(id, type, end)
        case .route(let routed): ledger.report(routed)
        case .send(let fresh, let channel, let message):
            let work = DeliveryWork(
                origin: .event(fresh),
                channel: channel,
                message: message,
                attempts: 0,
                deadline: planner.now + channel.settings.retrySchedule.deadline
            )
            if slots.directness(channel.id, at: now) == .now {
                start(work, in: &group)
            } else {
                ledger.wait(work, since: now)
            }
        }
    }

    private mutating func start(
        _ held: HeldDelivery,
        _ planner: inout DeliveryPlanner,
        in group: inout DiscardingTaskGroup
    ) async {
        func report(_ end: Completion.DeliveryEnd) {
            ledger.report(.delivery(token: held.token, event: held.event, channel: held.channel, end: end))
        }
        if let reason = directory.reasonForDisabling(held.channel) {
            report(.dead(reason: "The channel is disabled: \(reason)", countsAttempt: false))
            return
        }
        var plan = planner.plan(held)
        if case .unwanted = plan, planner.snapshot.loadedAt <= planner.localNow {
            // It may be in use again, or younger than what is known of the channels here.
            guard let recent = await directory.snapshot(notOlderThan: planner.localNow) else {
                report(.retry(delay: .seconds(2), countsAttempt: false))
                return
            }
            snapshot = recent
            planner = DeliveryPlanner(snapshot: recent, now: planner.now, localNow: planner.localNow)
            plan = planner.plan(held)
        }
        switch plan {
        case .unwanted(let reason, let type):
            report(.dead(reason: reason, countsAttempt: false))
            tell(held, type, deadBecause: reason)
        case .end(let end, let type):
            report(end)
            if case .dead(let reason, _) = end { tell(held, type, deadBecause: reason) }
        case .send(let channel, let message, let successor):
            let work = DeliveryWork(
                origin: .delivery(held),
                channel: channel,
                message: message,
                attempts: held.attempts,
                deadline: held.deadline,
                successor: successor
            )
            start(work, in: &group)
        }
    }
}
