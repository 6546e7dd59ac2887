"""streaQ: many jobs at once, on uvloop."""

import asyncio
import os
import sys

from counting import count
from streaq import Worker

worker = Worker(
    redis_url=os.environ["REDIS_URL"],
    concurrency=1_000,
    anyio_kwargs={"use_uvloop": True},
)


@worker.task(ttl=0, silent=True)
async def nothing():
    count()


async def fill(jobs):
    async with worker:
        for start in range(0, jobs, 1_000):
            await worker.enqueue_many([nothing.enqueue() for _ in range(min(1_000, jobs - start))])


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
