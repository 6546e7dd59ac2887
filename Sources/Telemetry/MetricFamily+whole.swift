extension MetricFamily {
    // What the broker and the database know of the whole installation; every process with the role `api` tells the same.

    package static let jobsPushed = MetricFamily(
        "tocsin_jobs_pushed_total",
        .counter,
        "Check jobs that were ever added to the stream.",
        labels: ["region"]
    )
    package static let jobsEnded = MetricFamily(
        "tocsin_jobs_ended_total",
        .counter,
        "Check jobs that ended, by how.",
        labels: ["end", "region"]
    )
    package static let jobsTrimmed = MetricFamily(
        "tocsin_jobs_trimmed_total",
        .counter,
        "Check jobs that a full stream lost.",
        labels: ["region"]
    )
    package static let slotsMissed = MetricFamily(
        "tocsin_slots_missed_total",
        .counter,
        "Due slots that were never pushed.",
        labels: ["region"]
    )
    package static let jobsWaiting = MetricFamily(
        "tocsin_jobs_waiting",
        .gauge,
        "Check jobs that no worker has yet.",
        labels: ["region"]
    )
    package static let jobsHeld = MetricFamily(
        "tocsin_jobs_held",
        .gauge,
        "Check jobs in the hands of workers.",
        labels: ["region"]
    )
    package static let jobsOldestAge = MetricFamily(
        "tocsin_jobs_oldest_age_seconds",
        .gauge,
        "How long ago the oldest check job that has not ended was added; 0 where there is none.",
        labels: ["region"]
    )
    package static let monitorWorkers = MetricFamily(
        "tocsin_monitor_workers",
        .gauge,
        "Workers in the region's group.",
        labels: ["region"]
    )
    package static let leader = MetricFamily(
        "tocsin_leader",
        .gauge,
        "Whether a pusher leads the region.",
        labels: ["region"]
    )
    package static let pushedThrough = MetricFamily(
        "tocsin_schedule_pushed_through_timestamp_seconds",
        .gauge,
        "The time that the schedule is pushed through.",
        labels: ["region"]
    )
    package static let eventsWaiting = MetricFamily(
        "tocsin_events_waiting",
        .gauge,
        "Events that no notifier has yet."
    )
    package static let eventsOldestAge = MetricFamily(
        "tocsin_events_oldest_age_seconds",
        .gauge,
        "How long ago the event happened that waits first in the queue; 0 where none waits, absent where it does not say."
    )
    package static let eventsHeld = MetricFamily(
        "tocsin_events_held",
        .gauge,
        "Events and deliveries in the hands of notifiers."
    )
    package static let deliveriesScheduled = MetricFamily(
        "tocsin_deliveries_scheduled",
        .gauge,
        "Deliveries that wait for their time."
    )
    package static let deadLetters = MetricFamily("tocsin_dead_letters", .gauge, "Dead letters that are kept.")
    package static let deadLettersDiscarded = MetricFamily(
        "tocsin_dead_letters_discarded_total",
        .counter,
        "Dead letters that were deleted."
    )
    package static let eventsLost = MetricFamily(
        "tocsin_events_lost_total",
        .counter,
        "Accepted events that the broker lost with its last moments."
    )
    package static let notifierWorkers = MetricFamily("tocsin_notifier_workers", .gauge, "Notifiers that live.")
    package static let sites = MetricFamily("tocsin_sites", .gauge, "Registered sites by state.", labels: ["state"])
    package static let reachable = MetricFamily(
        "tocsin_reachable",
        .gauge,
        "Whether a part could be read just now.",
        labels: ["part"]
    )

    /// What is told of the whole installation, in the order of the page.
    package static let whole: [MetricFamily] = [
        jobsPushed, jobsEnded, jobsTrimmed, slotsMissed, jobsWaiting, jobsHeld, jobsOldestAge, monitorWorkers, leader,
        pushedThrough, eventsWaiting, eventsOldestAge, eventsHeld, deliveriesScheduled, deadLetters,
        deadLettersDiscarded, eventsLost, notifierWorkers, sites, reachable,
    ]
}
