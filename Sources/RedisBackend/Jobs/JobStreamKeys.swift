/// The keys of one region's stream.
///
/// The companions carry the stream's name as hash tag, so that a cluster keeps all of them in one slot.
struct JobStreamKeys: Sendable {
    let stream: String

    init(key: String, region: String) {
        stream = region == "default" ? key : "\(key):\(region)"
    }

    var epoch: String { companion("epoch") }
    var leader: String { companion("leader") }
    var mark: String { companion("mark") }
    var ends: String { companion("ends") }
    var clock: String { companion("clock") }
    /// How many workers died with a job in hand, by its id.
    var crashes: String { companion("crashes") }
    /// When a takeover dropped an entry that the stream had been cut by, by its id: its worker may come back with an end.
    var cut: String { companion("cut") }

    private func companion(_ name: String) -> String { "{\(stream)}:\(name)" }
}
