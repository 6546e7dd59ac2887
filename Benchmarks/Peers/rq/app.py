"""RQ: jobs in bulk, without results."""

import os
import sys

from redis import Redis
from rq import Queue

from jobs import nothing

if __name__ == "__main__":
    queue = Queue(connection=Redis.from_url(os.environ["REDIS_URL"]))
    jobs = int(sys.argv[1])
    for start in range(0, jobs, 500):
        queue.enqueue_many(
            [Queue.prepare_data(nothing, result_ttl=0) for _ in range(min(500, jobs - start))]
        )
