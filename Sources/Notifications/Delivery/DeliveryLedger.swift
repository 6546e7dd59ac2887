internal import Monitoring

/// What a worker has in hand, and what it has yet to tell the queue.
///
/// A slot is taken from the claim until the queue has been told of the end, so that what waits to be told is bounded too.
struct DeliveryLedger {
    /// Something that the queue is to be told; `number` is the work whose slot it frees.
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
    /// Works that more than one worker died with: each runs alone, so that it takes no other with it.
    private(set) var suspects: [Int] = []
    private(set) var slots: ChannelSlots
    private(set) var completions: [Report<Completion>] = []
    private(set) var routes: [Report<RoutedEvent>] = []
    /// Reasons of deliveries that are stored only to be buried, by their token's channel and event.
    private var burials: [Burial: String] = [:]

    private struct Burial: Hashable {
        let event: EventID
        let channel: ChannelID
    }

    private static let crashesOfSuspect = 2
    private static let maximumBurials = 10_000

    init(concurrency: Int, channelConcurrency: Int) {
        self.concurrency = concurrency
        slots = ChannelSlots(cap: channelConcurrency)
    }

    /// How many attempts more may be claimed; those that run on after a lost lease count as well.
    var free: Int {
        guard suspects.isEmpty else { return 0 }
        return max(0, concurrency - works.count - running.count { works[$0] == nil })
    }

    var hasReports: Bool { !completions.isEmpty || !routes.isEmpty }

    /// Takes a slot for a work.
    ///
    /// - Returns: Its number, if it may start now.
    mutating func add(_ work: DeliveryWork) -> Int? {
        lastNumber += 1
        works[lastNumber] = work
        slots.start(work.channel)
        guard work.crashes < Self.crashesOfSuspect else {
            suspects.append(lastNumber)
            return nil
        }
        running.insert(lastNumber)
        return lastNumber
    }

    /// A suspect that may start now, because nothing else runs.
    mutating func nextSuspect() -> Int? {
        guard running.isEmpty, !suspects.isEmpty else { return nil }
        let number = suspects.removeFirst()
        running.insert(number)
        return number
    }

    /// Notes that an attempt has ended.
    ///
    /// - Returns: The work, unless its lease was lost.
    mutating func end(_ number: Int) -> DeliveryWork? {
        running.remove(number)
        return works[number]
    }

    mutating func report(_ completion: Completion, of number: Int? = nil) {
        completions.append(Report(number: number, value: completion))
    }

    mutating func report(_ routed: RoutedEvent, of number: Int? = nil) {
        routes.append(Report(number: number, value: routed))
    }

    /// Forgets the first reports, which the queue has taken, and frees their slots.
    mutating func completionsAreTold(_ count: Int) {
        for report in completions.prefix(count) { free(report.number) }
        completions.removeFirst(count)
    }

    mutating func routesAreTold(_ count: Int) {
        for report in routes.prefix(count) { free(report.number) }
        routes.removeFirst(count)
    }

    /// Remembers why a delivery is stored that is to be buried at once.
    mutating func bury(_ event: EventID, at channel: ChannelID, because reason: String) {
        // Without the reason it is buried all the same, for its deadline.
        if burials.count >= Self.maximumBurials { burials.removeAll() }
        burials[Burial(event: event, channel: channel)] = reason
    }

    mutating func burial(of event: EventID, at channel: ChannelID) -> String? {
        burials.removeValue(forKey: Burial(event: event, channel: channel))
    }

    /// Forgets all that was in hand, because others have it now; what runs ends without effect.
    mutating func leaseIsLost() {
        for number in works.keys { free(number) }
        suspects = []
        completions = []
        routes = []
    }

    mutating func withSlots<Result>(_ change: (inout ChannelSlots) -> Result) -> Result { change(&slots) }

    private mutating func free(_ number: Int?) {
        guard let number, let work = works.removeValue(forKey: number) else { return }
        slots.free(work.channel.id)
    }
}
