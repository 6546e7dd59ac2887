internal import Monitoring

/// What a worker has in hand, and what it has yet to tell the queue.
///
/// A place is taken from the claim until the queue has been told of the end, so that what waits to be told is bounded too.
/// A channel's slot is free again once the attempt has ended.
struct DeliveryLedger {
    /// Something that the queue is to be told; `number` is the work whose place it frees.
    struct Report<Value> {
        let number: Int?
        let value: Value
    }

    private let concurrency: Int
    private var lastNumber = 0
    /// Attempts that run, or have ended without the queue knowing.
    private(set) var works: [Int: DeliveryWork] = [:]
    /// Attempts that run.
    private(set) var running: Set<Int> = []
    /// Events whose one channel has no slot just now, the oldest first.
    private(set) var waiting: [(work: DeliveryWork, since: Timestamp)] = []
    /// What several workers died with: it waits until nothing else is in hand, so that it takes no other with it and
    /// nobody else's fault is counted against it.
    private(set) var suspect: Suspect?
    /// Whether a suspect is worked: then nothing else is taken.
    private var isSolo = false
    private(set) var slots: ChannelSlots
    private(set) var completions: [Report<Completion>] = []
    private(set) var routes: [Report<RoutedEvent>] = []

    init(concurrency: Int, channelConcurrency: Int) {
        self.concurrency = concurrency
        slots = ChannelSlots(cap: channelConcurrency)
    }

    /// How many attempts more may be claimed; those that run on after a lost lease count as well.
    var free: Int { free(told: 0) }

    /// The same once the queue has been told of that many completions.
    func free(told count: Int) -> Int {
        guard suspect == nil, !isSolo else { return 0 }
        let inHand = works.count - completions.prefix(count).count { $0.number != nil }
        return max(0, concurrency - inHand - waiting.count - running.count { works[$0] == nil })
    }

    var hasReports: Bool { !completions.isEmpty || !routes.isEmpty }

    /// Takes a slot for a work.
    ///
    /// - Returns: Its number.
    mutating func add(_ work: DeliveryWork) -> Int {
        lastNumber += 1
        works[lastNumber] = work
        slots.start(work.channel)
        running.insert(lastNumber)
        return lastNumber
    }

    /// Keeps an event in hand until its channel has a slot.
    mutating func wait(_ work: DeliveryWork, since moment: Timestamp) { waiting.append((work, moment)) }

    /// Takes the oldest whose channel has a slot now.
    mutating func takeWaiting(at now: Timestamp) -> DeliveryWork? {
        guard let place = waiting.firstIndex(where: { slots.directness($0.work.channel.id, at: now) == .now }) else {
            return nil
        }
        return waiting.remove(at: place).work
    }

    /// Takes those that no longer wait, of which each is asked about once, the oldest first.
    mutating func takeWaiting(where isOver: (DeliveryWork, Timestamp) -> Bool) -> [DeliveryWork] {
        var over: [DeliveryWork] = []
        waiting.removeAll { work, since in
            guard isOver(work, since) else { return false }
            over.append(work)
            return true
        }
        return over
    }

    /// Puts a suspect aside, unread; false where there is one already.
    mutating func putAside(_ suspect: Suspect) -> Bool {
        guard self.suspect == nil, !isSolo else { return false }
        self.suspect = suspect
        return true
    }

    /// The suspect, once nothing else is in hand.
    mutating func takeSuspect() -> Suspect? {
        guard let suspect, running.isEmpty, works.isEmpty, waiting.isEmpty, !hasReports else { return nil }
        self.suspect = nil
        isSolo = true
        return suspect
    }

    /// Notes that an attempt has ended.
    ///
    /// - Returns: The work, unless its lease was lost.
    mutating func end(_ number: Int) -> DeliveryWork? {
        running.remove(number)
        guard let work = works[number] else { return nil }
        slots.free(work.channel.id)
        return work
    }

    mutating func report(_ completion: Completion, of number: Int? = nil) {
        completions.append(Report(number: number, value: completion))
    }

    mutating func report(_ routed: RoutedEvent, of number: Int? = nil) {
        routes.append(Report(number: number, value: routed))
    }

    /// Forgets the first reports, which the queue has taken, and frees their places.
    mutating func completionsAreTold(_ count: Int) {
        for report in completions.prefix(count) { free(report.number) }
        completions.removeFirst(count)
        endSolo()
    }

    mutating func routesAreTold(_ count: Int) {
        for report in routes.prefix(count) { free(report.number) }
        routes.removeFirst(count)
        endSolo()
    }

    private mutating func endSolo() {
        if works.isEmpty, !hasReports { isSolo = false }
    }

    /// Forgets all that was in hand, because others have it now; what runs ends without effect.
    mutating func leaseIsLost() {
        for number in running { if let work = works[number] { slots.free(work.channel.id) } }
        works = [:]
        waiting = []
        suspect = nil
        isSolo = false
        completions = []
        routes = []
    }

    mutating func withSlots<Result>(_ change: (inout ChannelSlots) -> Result) -> Result { change(&slots) }

    private mutating func free(_ number: Int?) {
        if let number { works[number] = nil }
    }
}
