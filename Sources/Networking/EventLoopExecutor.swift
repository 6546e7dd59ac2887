package import NIOCore

/// Runs tasks on the thread of an event loop, beside its channels.
///
/// A task that talks with channels of that loop alone then never waits for another thread to wake, which costs more than
/// most of what such a task does. It must not block, and what computes for long belongs elsewhere.
package final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    package init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The closure keeps this executor for as long as the job runs.
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
