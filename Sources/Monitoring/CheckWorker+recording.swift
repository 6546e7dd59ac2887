internal import Logging
internal import Synchronization

extension CheckWorker {
    /// Records what is finished, batch by batch, until cancelled.
    func recordResults() async {
        while true {
            let batch: [CheckDesk.Finished]
            recording.rests()
            do { batch = try await desk.wait { $0.takeFinished(limit: Self.batchLimit) } } catch { return }
            guard let ends = await record(batch), await end(ends) else { return }
            desk.withLock { $0.release(batch.map(\.id)) }
        }
    }

    /// Commits the results, however long the database is away; nil when cancelled.
    private func record(_ batch: [CheckDesk.Finished]) async -> [(id: HeldJob.ID, end: JobEnd)]? {
        var ends: [(id: HeldJob.ID, end: JobEnd)] = []
        var results: [(id: HeldJob.ID, result: CheckResult)] = []
        var closings: [(id: HeldJob.ID, closing: SlotClosing)] = []
        for job in batch {
            switch job.outcome {
            case .end(let end): ends.append((job.id, end))
            case .close(let closing): closings.append((job.id, closing))
            case .result(let result): results.append((job.id, result))
            }
        }
        if !closings.isEmpty {
            // A worker that died, or was stopped, between its commit and its acknowledgement has left a result already.
            let slotEnds = await untilDone("ending slots failed; trying again", recording) {
                try await self.store.close(closings.map(\.closing))
            }
            guard let slotEnds else { return nil }
            ends += zip(closings, slotEnds).map { ($0.id, JobEnd($1)) }
        }
        guard !results.isEmpty else { return ends }
        let startedAt = time.now()
        let outcomes = await untilDone("recording results failed; trying again", recording) {
            try await self.store.record(results.map(\.result))
        }
        guard let outcomes else { return nil }
        metrics.committed(in: time.now() - startedAt)
        var recorded: [RecordedResult] = []
        for ((id, result), outcome) in zip(results, outcomes) {
            if let site = cache.withLock({ $0[result.site] }) {
                recorded.append(RecordedResult(site: site, result: result, outcome: outcome))
            }
            switch outcome {
            case .recorded, .history, .duplicate:
                if outcome != .duplicate { metrics.recorded(result, outcome.transitions) }
                cache.withLock { $0.recorded(result) }
                ends.append((id, .result))
            case .closed(let end):
                ends.append((id, JobEnd(end)))
            case .unknownSite:
                cache.withLock { $0.remove(result.site) }
                ends.append((id, .skipped))
            case .refused(let reason):
                logger.error(
                    "the database refused a result, which is left out",
                    metadata: ["site": "\(result.site)", "slot": "\(result.slot.milliseconds)", "error": "\(reason)"]
                )
                ends.append((id, .buried))
            }
        }
        onRecord(recorded)
        return ends
    }

    /// Ends jobs in the stream, however long it is away; false when cancelled.
    private func end(_ ends: [(id: HeldJob.ID, end: JobEnd)]) async -> Bool {
        await untilDone("ending jobs failed; trying again", recording) {
            try await self.stream.end(ends, as: self.name)
        } != nil
    }

    /// Tries until it succeeds, and tells the health of the part of the worker that does it; nil when cancelled.
    func untilDone<Result: Sendable>(
        _ complaint: Logger.Message,
        _ part: RoleHealth,
        _ body: () async throws -> Result
    ) async -> Result? {
        var backoff = Backoff()
        while true {
            do {
                part.isBusy()
                let result = try await body()
                part.works()
                return result
            } catch {
                if Task.isCancelled { return nil }
                let pause = backoff.next()
                part.fails("\(complaint): \(error)")
                logger.warning(complaint, metadata: ["error": "\(error)", "in": "\(pause.text)"])
                do { try await time.sleep(for: pause) } catch { return nil }
            }
        }
    }

    /// Renews the leases of what is held, until cancelled.
    func renewLeases() async {
        let interval = settings.lease / 3
        var backoff = Backoff()
        var pause = interval
        while true {
            do {
                try await time.sleep(for: pause)
                renewing.isBusy()
                try await renewHeld()
                renewing.works()
                renewing.rests()
                backoff.reset()
                pause = interval
            } catch {
                if Task.isCancelled { return }
                pause = min(backoff.next(), interval)
                renewing.fails("the monitor can't renew its leases: \(error)")
                logger.debug("renewing leases failed; trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    private func renewHeld() async throws {
        try await readServerTime()
        let held = desk.withLock { Array($0.held) }
        guard !held.isEmpty else { return }
        let kept = try await stream.renew(held, as: name)
        // Those that another has taken over are worked on to the end all the same: the slot is recorded once.
        if kept.count < held.count {
            logger.debug("jobs were taken over by others", metadata: ["count": "\(held.count - kept.count)"])
        }
    }
}
