internal import Testing

// Every scenario starts processes of the built program. Those of a lane run one after the other; the lanes run beside each
// other, since a scenario waits most of its time.

/// Sites, schedules and checks.
@Suite(.serialized, .timeLimit(.minutes(4))) enum Watching {}

/// Events and their way to the channels.
@Suite(.serialized, .timeLimit(.minutes(4))) enum Telling {}

/// What a person at the machine sees: commands, mistakes, starts and ends.
@Suite(.serialized, .timeLimit(.minutes(4))) enum Operating {}

/// What becomes of the roles when Redis, the network or the database fails.
@Suite(.serialized, .timeLimit(.minutes(4))) enum Healing {}

/// What a person sees in a browser.
@Suite(.serialized, .timeLimit(.minutes(4))) enum Browsing {}
