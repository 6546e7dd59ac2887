extension MetricFamily {
    package static let buildInfo = MetricFamily(
        "tocsin_build_info",
        .gauge,
        "The version that runs.",
        labels: ["version"]
    )
    package static let roleReady = MetricFamily(
        "tocsin_role_ready",
        .gauge,
        "Whether a part of this process can do its work, as /readyz says.",
        labels: ["role"]
    )

    private static let checks: [MetricFamily] = [
        MetricFamily(
            "tocsin_checks_total",
            .counter,
            "Checks that this process has recorded, by their outcome.",
            labels: ["outcome"]
        ),
        MetricFamily(
            "tocsin_check_failures_total",
            .counter,
            "Checks that found a site down or slow, by the phase that failed.",
            labels: ["phase"]
        ),
        MetricFamily(
            "tocsin_check_confirmation_attempts_total",
            .counter,
            "Further attempts that confirmed or refuted a failure within its slot."
        ),
        MetricFamily(
            "tocsin_check_duration_seconds",
            .histogram(requestBounds),
            "How long the last attempt of a check took."
        ),
        MetricFamily(
            "tocsin_check_phase_duration_seconds",
            .histogram(requestBounds),
            "How long each phase of a check took, where it came to it.",
            labels: ["phase"]
        ),
        MetricFamily(
            "tocsin_check_start_delay_seconds",
            .histogram(delayBounds),
            "How long after its slot a check began."
        ),
        MetricFamily(
            "tocsin_result_recording_duration_seconds",
            .histogram(requestBounds),
            "How long a batch of results took to be committed, with every try."
        ),
        MetricFamily(
            "tocsin_transitions_total",
            .counter,
            "Changes of sites that people are told of, by kind.",
            labels: ["kind"]
        ),
        MetricFamily("tocsin_checks_held", .gauge, "Check jobs that this process has in hand."),
    ]

    private static let pushing: [MetricFamily] = [
        MetricFamily("tocsin_pusher_leading", .gauge, "Whether this process leads its region."),
        MetricFamily(
            "tocsin_pusher_lag_seconds",
            .gauge,
            "How far the schedule was behind when this process last looked at it as the leader."
        ),
        MetricFamily("tocsin_pusher_slots_pushed_total", .counter, "Due slots that this process has pushed."),
        MetricFamily(
            "tocsin_pusher_slots_missed_total",
            .counter,
            "Due slots that this process has counted as missed."
        ),
        MetricFamily("tocsin_pusher_pages_total", .counter, "Pages of slots that this process has pushed."),
        MetricFamily(
            "tocsin_pusher_backpressure_pauses_total",
            .counter,
            "Pauses at the high-water mark of the backlog."
        ),
    ]

    private static let telling: [MetricFamily] = [
        MetricFamily(
            "tocsin_event_requests_total",
            .counter,
            "Requests to take events in, by their outcome.",
            labels: ["outcome"]
        ),
        MetricFamily("tocsin_events_accepted_total", .counter, "Events that this process has taken in."),
        MetricFamily(
            "tocsin_event_acceptance_duration_seconds",
            .histogram(requestBounds),
            "How long a request that was taken in waited for the broker."
        ),
        MetricFamily(
            "tocsin_delivery_attempts_total",
            .counter,
            "Attempts to deliver, by what followed: sent, retry or dead.",
            labels: ["channel_type", "outcome"]
        ),
        MetricFamily(
            "tocsin_delivery_attempt_duration_seconds",
            .histogram(requestBounds),
            "How long an attempt to deliver took.",
            labels: ["channel_type"]
        ),
        MetricFamily(
            "tocsin_delivery_latency_seconds",
            .histogram(delayBounds),
            "From the time of an event to its delivery, with every attempt.",
            labels: ["channel_type"]
        ),
        MetricFamily("tocsin_delivery_attempts_running", .gauge, "Attempts to deliver that run now."),
        MetricFamily(
            "tocsin_dead_letters_made_total",
            .counter,
            "Deliveries and events that this process has made dead letters.",
            labels: ["channel_type"]
        ),
        MetricFamily("tocsin_events_unrouted_total", .counter, "Events that no channel wanted."),
        MetricFamily(
            "tocsin_rate_limit_pauses_total",
            .counter,
            "Pauses that receivers have asked for.",
            labels: ["channel_type"]
        ),
        MetricFamily(
            "tocsin_circuit_breaker_openings_total",
            .counter,
            "How often a channel that mostly fails was left alone for a while.",
            labels: ["channel_type"]
        ),
        MetricFamily(
            "tocsin_circuit_breakers_open",
            .gauge,
            "Channels that are left alone, or tried by one attempt at a time, since they mostly fail.",
            labels: ["channel_type"]
        ),
        MetricFamily("tocsin_outbox_waiting", .gauge, "Transitions that the relay has seen waiting; it looks at 100."),
        MetricFamily(
            "tocsin_outbox_oldest_age_seconds",
            .gauge,
            "How long the oldest transition had waited when the relay last looked; 0 where none did."
        ),
        MetricFamily("tocsin_outbox_relayed_total", .counter, "Transitions that this process has put into the queue."),
    ]

    private static let serving: [MetricFamily] = [
        MetricFamily(
            "tocsin_http_requests_total",
            .counter,
            "Requests answered, by the template of the route and the class of the status.",
            labels: ["method", "route", "status"]
        ),
        MetricFamily(
            "tocsin_http_request_duration_seconds",
            .histogram(requestBounds),
            "From a request's head to the head of its answer: of the API, the dashboard, or what is open to all.",
            labels: ["kind"]
        ),
    ]

    private static let engines: [MetricFamily] = [
        MetricFamily("tocsin_redis_connections", .gauge, "Connections to Redis that can be used."),
        MetricFamily("tocsin_redis_requests_in_flight", .gauge, "Requests to Redis that wait for their reply."),
        MetricFamily("tocsin_redis_requests_waiting", .gauge, "Requests to Redis that wait for a connection."),
        MetricFamily("tocsin_redis_connects_total", .counter, "Connections to Redis that were made."),
        MetricFamily("tocsin_redis_connect_failures_total", .counter, "Connections to Redis that could not be made."),
        MetricFamily(
            "tocsin_postgres_connections",
            .gauge,
            "Connections to PostgreSQL: lent to someone, or idle.",
            labels: ["state"]
        ),
        MetricFamily("tocsin_postgres_requests_waiting", .gauge, "Those who wait for a connection to PostgreSQL."),
        MetricFamily("tocsin_postgres_connects_total", .counter, "Connections to PostgreSQL that were made."),
        MetricFamily(
            "tocsin_postgres_connect_failures_total",
            .counter,
            "Connections to PostgreSQL that could not be made."
        ),
        MetricFamily(
            "tocsin_sqlite_file_bytes",
            .gauge,
            "The size of the SQLite file and of its write-ahead log.",
            labels: ["file"]
        ),
    ]

    private static let process: [MetricFamily] = [
        MetricFamily("process_cpu_seconds_total", .counter, "Processor time that this process has used."),
        MetricFamily("process_resident_memory_bytes", .gauge, "Memory of this process that is resident."),
        MetricFamily("process_virtual_memory_bytes", .gauge, "Memory of this process that is mapped."),
        MetricFamily("process_open_fds", .gauge, "Files and connections that this process has open."),
        MetricFamily("process_max_fds", .gauge, "Files and connections that this process may have open."),
        MetricFamily("process_start_time_seconds", .gauge, "When this process began, in Unix time."),
    ]

    /// What each process counts by itself, in the order of the page.
    package static let counted: [MetricFamily] = checks + pushing + telling + serving + engines + process
}

extension [MetricFamily] {
    /// Every metric there is; `docs/metrics.md` lists the same, and a test compares the two.
    package static let all: Self =
        [MetricFamily.buildInfo, MetricFamily.roleReady] + MetricFamily.whole + MetricFamily.counted
}
