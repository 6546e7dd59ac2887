package import Monitoring

extension Event {
    /// The event that tells of a transition.
    package init(_ transition: Transition) {
        let data: [JSON.Member] = [
            JSON.Member("url", .string(transition.url)),
            JSON.Member("name", .string(transition.name)),
            JSON.Member("region", JSON(transition.regions.count == 1 ? transition.regions.first : nil)),
            JSON.Member("regions", .array(transition.regions.map(JSON.string))),
            JSON.Member("error", JSON(transition.failure?.message)),
            JSON.Member("phase", JSON(transition.failure?.phase.rawValue)),
            JSON.Member("statusCode", transition.statusCode.map { JSON($0) } ?? .null),
            JSON.Member("startedAt", JSON(transition.startedAt?.rfc3339)),
            JSON.Member("endedAt", JSON(transition.endedAt?.rfc3339)),
            JSON.Member("incidentId", JSON(transition.incident?.description)),
        ]
        let certificate = transition.certificateEndsAt.map { JSON.Member("certificateEndsAt", .string($0.rfc3339)) }
        self.init(
            type: transition.kind.rawValue,
            subject: transition.site.description,
            data: .object(data + (certificate.map { [$0] } ?? [])),
            tags: transition.tags,
            time: transition.at.rfc3339,
            source: Self.ownSource
        )
    }
}

extension Event {
    /// The recovery from the outage that this alert tells of, for who has to be told of it once more.
    func recovery(at end: Timestamp) -> Event {
        var recovery = self
        recovery.type = Transition.Kind.up.rawValue
        recovery.time = end.rfc3339
        recovery.data = data?.withFirst("endedAt", .string(end.rfc3339))
        return recovery
    }
}

extension OutboxEntry {
    /// The entry as it is queued: always the same bytes, so that a repeat is known for one.
    package var element: EnqueueRequest.Element {
        let id = EventID(rawValue: eventID) ?? EventID(hashing: eventID)
        let body = Event(transition).element(id: id)
        return EnqueueRequest.Element(id: id, body: body, ownHash: ContentHash.hex(of: body))
    }
}
