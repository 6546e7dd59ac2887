/// How much of one reply is taken before the server is no longer believed.
struct RESPLimits: Sendable {
    /// The longest single string, in bytes.
    var string = 128 << 20
    /// The longest line (a simple string, an error, a number), in bytes.
    var line = 64 << 10
    /// The most elements of one reply, all its aggregates together.
    var elements = 4 << 20
    /// The most bytes of strings in one reply.
    var reply = 512 << 20
    /// How deep aggregates may lie in each other.
    var depth = 32
}
